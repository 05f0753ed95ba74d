"""What stands around a block: classes and roles of its ancestors, how much text each of them holds.

Pure.  Each element is looked at once, however many blocks stand in it.
Standards: HTML 3.2.5, ARIA landmark roles, schema.org item properties.
"""

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cuttings.parse.page.blocks import Block
from cuttings.parse.page.words import CLASS_NAMES, CLASS_WORDS
from cuttings.text.xml import Element

ANCESTORS = (
    *("article", "main", "aside", "nav", "footer", "header", "figure", "form", "ul", "ol", "table", "blockquote"),
    *("section", "li", "figcaption", "details", "dl", "pre"),
)
FLAGS = ("hidden", "isbody", "isproperty", "ismain", "isbeside")

_ANCESTOR_AT = {tag: n for n, tag in enumerate(ANCESTORS)}
_NAMING = ("class", "id", "data-testid", "data-component")
_LONGEST_NAME = 400  # characters: sites of utility classes name a hundred of them
_PARTS = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_HIDING = re.compile(r"display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden", re.IGNORECASE)
_BODIES, _PROPERTIES = ("articleBody", "text"), ("description", "headline", "author", "caption")
_MAIN, _BESIDE = "main", ("complementary", "navigation", "banner", "contentinfo", "dialog")
_DOMINANT = 0.55  # share of its parent's mass that the main part still has
_MOST_SIBLINGS = 60


@dataclass(slots=True)
class _Seen:
    """An element with all around it; `classes` tells for each class feature at which depth it was last seen."""

    depth: int
    classes: dict[int, int]
    flags: tuple[bool, ...]
    tags: tuple[float, ...]
    article: int  # which of the page's article elements is the nearest; -1: none
    articles: int  # how many of them are around


_NONE = _Seen(0, {}, (False,) * len(FLAGS), (0.0,) * len(ANCESTORS), -1, 0)


class Around:
    """The elements around the blocks of a page."""

    def __init__(self, root: Element) -> None:
        self._seen: dict[Element, _Seen] = {}
        self._articles = {element: n for n, element in enumerate(root.iter("article"))}
        self.article_count = len(self._articles)

    def classes(self, chain: Sequence[Element]) -> list[float]:
        """Return for each class feature how near it is: 1 on the block's element, 1/2 on its parent …, 0 nowhere."""
        values = [0.0] * len(CLASS_NAMES)
        depth = len(chain)
        for number, at in self._at(chain).classes.items():
            values[number] = 1 / (1 + depth - at)
        return values

    def flags(self, chain: Sequence[Element]) -> tuple[bool, ...]:
        return self._at(chain).flags

    def tags(self, chain: Sequence[Element]) -> tuple[float, ...]:
        seen = self._at(chain)
        return (*seen.tags, float(seen.articles))

    def article(self, chain: Sequence[Element]) -> int:
        return self._at(chain).article

    def _at(self, chain: Sequence[Element]) -> _Seen:
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

    def _below(self, above: _Seen, element: Element) -> _Seen:
        tag, depth = str(element.tag), above.depth + 1
        if tag in ("html", "body"):  # say what the page is, not what the block is
            return _Seen(depth, above.classes, above.flags, above.tags, above.article, above.articles)
        classes = above.classes
        if named := _named(element):
            classes = {**classes, **dict.fromkeys(named, depth)}
        tags = above.tags
        if (at := _ANCESTOR_AT.get(tag)) is not None:
            tags = (*tags[:at], 1.0, *tags[at + 1 :])
        article = self._articles.get(element, above.article)
        flags = tuple(a or b for a, b in zip(above.flags, _flags(element), strict=True))
        return _Seen(depth, classes, flags, tags, article, above.articles + (tag == "article"))


def _named(element: Element) -> set[int]:
    """Return the class features that an element's names hold."""
    attributes = element.attrib
    names = " ".join(str(attributes[name]) for name in _NAMING if name in attributes)[:_LONGEST_NAME]
    found = set()
    for part in _PARTS.findall(names):
        word = part.lower()
        number = CLASS_WORDS.get(word)
        if number is None and word.endswith("s"):
            number = CLASS_WORDS.get(word[:-1])
        if number is not None:
            found.add(number)
    return found


def _flags(element: Element) -> tuple[bool, bool, bool, bool, bool]:
    attributes = element.attrib
    if not attributes:
        return (False, False, False, False, False)
    get = attributes.get
    item, role = get("itemprop"), get("role")
    style = get("style")
    hidden = (
        "hidden" in attributes
        or get("aria-hidden") == "true"
        or (style is not None and _HIDING.search(str(style)[:_LONGEST_NAME]) is not None)
    )
    return hidden, item in _BODIES, item in _PROPERTIES, role == _MAIN, role in _BESIDE


class Masses:
    """How much running text, and how much linked text, each element of a page holds."""

    def __init__(self, blocks: Sequence[Block], weights: Sequence[int], counts: Sequence[int]) -> None:
        """`weights` are the characters of running text of each block, `counts` its words."""
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
        self.all_linked = self._linked[root] / max(1, self._chars[root])
        self.inside = [self.main in block.chain for block in blocks]
        self.words = max(1, sum(count for count, inside in zip(counts, self.inside, strict=True) if inside))
        self._siblings: dict[tuple[Element, str], tuple[float, float]] = {}

    def shares(self, chain: Sequence[Element]) -> list[float]:
        """Return the share of the page's mass, and the link density, of the four elements above a block's own."""
        above = [chain[max(0, len(chain) - 2 - n)] for n in range(4)]
        masses = [self._mass[element] / self.total for element in above]
        return masses + [self._linked[element] / max(1, self._chars[element]) for element in above]

    def below(self, chain: Sequence[Element]) -> int:
        """Return how far below the main part a block within it stands."""
        return len(chain) - 1 - chain.index(self.main)

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

    def _add(self, block: Block, weight: int) -> None:
        chars, linked, mass = len(block.text), block.linked, self._mass
        above = None
        for element in block.chain:
            if above is not None and element not in mass:
                self._children[above].append(element)
            mass[element] += weight
            self._chars[element] += chars
            self._linked[element] += linked
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


class Signature:
    """Blocks that a page's templates make alike: by tag and class of their element and its parent."""

    def __init__(self, blocks: Sequence[Block], weights: Sequence[int], linked: Sequence[float]) -> None:
        self.keys = [_signature(block) for block in blocks]
        self._sums: dict[object, list[float]] = {}
        for key, weight, share, block in zip(self.keys, weights, linked, blocks, strict=True):
            found = self._sums.setdefault(key, [0, 0, 0, 0])
            found[0] += 1
            found[1] += weight
            found[2] += share
            found[3] += len(block.words)

    def of(self, n: int, total: int) -> tuple[float, float, float, float]:
        """Return mass, mean length, mean link density and number of the blocks like one."""
        number, weight, linked, words = self._sums[self.keys[n]]
        return weight / total, math.log1p(words / number), linked / number, math.log1p(number)


def _signature(block: Block) -> tuple[object, ...]:
    own = block.chain[-1]
    above = block.chain[-2] if len(block.chain) > 1 else own
    return own.tag, own.get("class"), above.tag, above.get("class")
