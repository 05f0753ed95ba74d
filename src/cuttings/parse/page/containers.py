"""What stands around a block: classes and roles of its ancestors, how much text each of them holds.

Pure.  Each element is looked at once, however many blocks stand in it.
Standards: HTML 3.2.5, ARIA landmark roles, schema.org item properties.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.words import CLASS_WORDS
from cuttings.text.xml import Element

ANCESTORS = (
    *("article", "main", "aside", "nav", "footer", "header", "figure", "form", "ul", "ol", "table", "blockquote"),
    *("section", "li", "figcaption", "details", "dl", "pre"),
)
FLAGS = ("hidden", "isbody", "isproperty", "ismain", "isbeside")
MASS = """
mass1 mass2 mass3 mass4 linked1 linked2 linked3 linked4 inmain belowmain sigmass siglength siglinked signumber
siblings fullsiblings
"""

_ANCESTOR_AT = {tag: n for n, tag in enumerate(ANCESTORS)}
_NAMING = ("class", "id", "data-testid", "data-component")
_LONGEST_NAME = 400  # characters: sites of utility classes name a hundred of them
_PARTS = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_HIDING = re.compile(r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden", re.IGNORECASE)
_HIDDEN, _BODY, _PROPERTY, _MAIN, _BESIDE = (1 << n for n in range(len(FLAGS)))
_ITEMS = {
    **dict.fromkeys(("articleBody", "text"), _BODY),
    **dict.fromkeys(("description", "headline", "author", "caption"), _PROPERTY),
}
_ROLES = {
    "main": _MAIN,
    **dict.fromkeys(("complementary", "navigation", "banner", "contentinfo", "dialog"), _BESIDE),
}
_DOMINANT = 0.55  # share of its parent's mass that the main part still has
_MOST_SIBLINGS = 60


@dataclass(slots=True)
class Seen:
    """An element with all around it; `classes` tells for each class feature at which depth it was last seen."""

    depth: int
    classes: dict[int, int]
    bits: int
    ancestors: frozenset[int]  # numbers of ANCESTORS
    article: int  # which of the page's article elements is the nearest; -1: none
    articles: int  # how many of them are around

    @property
    def flags(self) -> list[bool]:
        """Whether each of FLAGS is around."""
        bits = self.bits
        return [bits & _HIDDEN > 0, bits & _BODY > 0, bits & _PROPERTY > 0, bits & _MAIN > 0, bits & _BESIDE > 0]

    def near(self, number: int) -> float:
        """How near a class feature is that was seen: 1 on the element, 1/2 on its parent …"""
        return 1 / (1 + self.depth - self.classes[number])


_NONE = Seen(0, {}, 0, frozenset(), -1, 0)


class Around:
    """The elements around the blocks of a page."""

    def __init__(self, root: Element) -> None:
        self._seen: dict[Element, Seen] = {}
        self._named: dict[str, dict[int, int]] = {}
        self._articles = {element: n for n, element in enumerate(root.iter("article"))}
        self.article_count = len(self._articles)

    def of(self, chain: Sequence[Element]) -> Seen:
        """Return the last element of a chain with all around it."""
        found = self._seen.get(chain[-1])
        if found is not None:
            return found
        known = len(chain) - 1
        while known and chain[known - 1] not in self._seen:
            known -= 1
        seen = self._seen[chain[known - 1]] if known else _NONE
        for element in chain[known:]:
            seen = self._seen[element] = self._below(seen, element)
        return seen

    def _below(self, above: Seen, element: Element) -> Seen:
        tag, depth = str(element.tag), above.depth + 1
        classes, bits, ancestors = above.classes, above.bits, above.ancestors
        article, articles = above.article, above.articles
        if tag not in ("html", "body"):  # these say what the page is, not what the block is
            if element.attrib:
                bits |= _bits(element)
                if named := self._classes(element):
                    classes = {**classes, **dict.fromkeys(named, depth)}
            if (at := _ANCESTOR_AT.get(tag)) is not None:
                ancestors = ancestors | {at}
            if tag == "article":
                article, articles = self._articles[element], articles + 1
        return Seen(depth, classes, bits, ancestors, article, articles)

    def _classes(self, element: Element) -> dict[int, int]:
        """Return the class features that an element's names hold, as keys; templates repeat names."""
        get = element.get
        names = " ".join([name for attribute in _NAMING if (name := get(attribute))])[:_LONGEST_NAME]
        found = self._named.get(names)
        if found is None:
            numbers = map(_class_feature, _PARTS.findall(names))
            found = self._named[names] = dict.fromkeys([number for number in numbers if number is not None], 0)
        return found


def _class_feature(part: str) -> int | None:
    word = part.lower()
    number = CLASS_WORDS.get(word)
    return CLASS_WORDS.get(word[:-1]) if number is None and word.endswith("s") else number


def _bits(element: Element) -> int:
    get = element.get
    bits = _ITEMS.get(get("itemprop") or "", 0) | _ROLES.get(get("role") or "", 0)
    style = get("style")
    hides = style is not None and _HIDING.search(style[:_LONGEST_NAME]) is not None
    if hides or get("hidden") is not None or get("aria-hidden") == "true":
        bits |= _HIDDEN
    return bits


class Masses:
    """How much running text, and how much linked text, each element of a page holds."""

    def __init__(self, blocks: Sequence[Block], weights: Sequence[int]) -> None:
        """`weights` are the characters of running text of each block."""
        self.weights = weights
        self._mass: defaultdict[Element, int] = defaultdict(int)
        self._chars: defaultdict[Element, int] = defaultdict(int)
        self._linked: defaultdict[Element, int] = defaultdict(int)
        self._children: defaultdict[Element, list[Element]] = defaultdict(list)
        for block, weight in zip(blocks, weights, strict=True):
            self._add(block, weight)
        root = blocks[0].chain[0]
        self.total = max(1, self._mass[root])
        self.main = self._dominant(root)
        self.main_share = self._mass[self.main] / self.total
        self.all_linked = self._density(root)
        self.inside = [self.main in block.chain for block in blocks]
        self.words = max(1, sum(len(b.words) for b, inside in zip(blocks, self.inside, strict=True) if inside))
        self._shares: dict[Element, list[float]] = {}
        self._siblings: dict[tuple[Element, str], tuple[float, float]] = {}

    def of(self, n: int, chain: Sequence[Element]) -> list[float]:
        """Return the share of the page's mass, and the link density, of the four elements above a block's own.

        Then whether it stands in the main part, and how far below.
        """
        parent = chain[-2] if len(chain) > 1 else chain[-1]
        shares = self._shares.get(parent)
        if shares is None:
            above = [chain[max(0, len(chain) - 2 - up)] for up in range(4)]
            shares = [self._mass[element] / self.total for element in above]
            shares += [self._density(element) for element in above]
            self._shares[parent] = shares
        inside = self.inside[n]
        return [*shares, inside, len(chain) - 1 - chain.index(self.main) if inside else 0]

    def siblings(self, chain: Sequence[Element]) -> tuple[float, float]:
        """Return the number (its logarithm) of an element's siblings of its kind, and how many of them hold mass."""
        if len(chain) < 2:
            return 0.0, 0.0
        parent, tag = chain[-2], str(chain[-1].tag)
        found = self._siblings.get((parent, tag))
        if found is None:
            alike = [child for child in self._children[parent] if child.tag == tag]
            looked = alike[:_MOST_SIBLINGS]
            massive = sum(self._mass[child] > 0 for child in looked) / max(1, len(looked))
            found = self._siblings[parent, tag] = (math.log1p(len(alike)), massive)
        return found

    def _density(self, element: Element) -> float:
        return self._linked[element] / max(1, self._chars[element])

    def _add(self, block: Block, weight: int) -> None:
        length, block_linked = len(block.text), block.linked
        mass, chars, linked = self._mass, self._chars, self._linked
        above = None
        for element in block.chain:
            if above is not None and element not in mass:
                self._children[above].append(element)
            mass[element] += weight
            chars[element] += length
            linked[element] += block_linked
            above = element

    def _dominant(self, element: Element) -> Element:
        """Follow the child with most mass down, as long as it has nearly all of it."""
        while children := self._children.get(element):
            heaviest = max(children, key=self._mass.__getitem__)
            mass = self._mass[heaviest]
            if not mass or mass < _DOMINANT * self._mass[element] or heaviest not in self._children:
                break
            element = heaviest
        return element


class Signatures:
    """Blocks that a page's templates make alike: by tag and class of their element and its parent."""

    def __init__(self, blocks: Sequence[Block], masses: Masses, linked: Sequence[float]) -> None:
        self.keys = [_signature(block) for block in blocks]
        self._total = masses.total
        self._number: Counter[object] = Counter(self.keys)
        self._mass: Counter[object] = Counter()
        self._linked: defaultdict[object, float] = defaultdict(float)
        self._words: Counter[object] = Counter()
        for key, weight, share, block in zip(self.keys, masses.weights, linked, blocks, strict=True):
            self._mass[key] += weight
            self._linked[key] += share
            self._words[key] += len(block.words)

    def of(self, n: int) -> tuple[float, float, float, float]:
        """Return mass, mean length, mean link density and number of the blocks like one."""
        key = self.keys[n]
        number = self._number[key]
        return (
            self._mass[key] / self._total,
            math.log1p(self._words[key] / number),
            self._linked[key] / number,
            math.log1p(number),
        )


def _signature(block: Block) -> tuple[object, ...]:
    own = block.chain[-1]
    above = block.chain[-2] if len(block.chain) > 1 else own
    return own.tag, own.get("class"), above.tag, above.get("class")
