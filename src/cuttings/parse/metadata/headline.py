"""An article's headline and the line under it.

Pure.  What the witnesses call the page is put to the vote: a heading that
another one confirms is what readers see, titles in the head are often written
for search engines, or hold the site's name.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile, islice, pairwise

from cuttings.parse.metadata.heard import Heard, Said, first_said, folded, marks, plain, text
from cuttings.text import dates
from cuttings.text.xml import Element

_WEIGHTS = {"h1": 3.0, "part": 2.2, "og": 0.9, "JSON-LD": 1.0, "itemprop": 0.8, "other": 0.4, "title": 0.3, "h2": 1.2}
_HEAD = frozenset(("og", "JSON-LD", "other", "title"))  # who speaks in the page's head
_LONE = 0.5  # more for the only heading of its level
_FLOOR = 0.6  # of the likeness of a lone heading that may be a headline: heads are written for search engines
_WORDY = 3  # words at least of such a heading, and of a title cut before a section
_KINDRED = 0.3  # of the vote of a longer wording goes to the shorter one that it holds
_MOST_HEADINGS, _MOST_LOWER = 8, 30  # of the first level, of the next two
_MOST_CUTS = 6  # of a title, where a separator stands
_SHORTEST = 10  # characters: a shorter wording is no part of another by purpose
_NEAR = 60  # elements after the headline in which its subtitle stands
_LONGEST_SUBTITLE = 600
_TITLES = (
    "twitter:title",
    "parsely-title",
    "sailthru.title",
    "dc.title",
    "dcterms.title",
    "citation_title",
    "headline",
)

_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"\s+[|\-–—·•»«›:/_@]{1,2}\s+|\s*[|»_]\s*|\s\[")
_PARTED = re.compile(r"\w[^\w\s]?: |\w[^\w\s]? [|–—-] ")  # a kicker from its headline
_SECTION = re.compile(r"\s\|\s(?:\S+\s){0,1}\S+$")  # of two words at most, behind a bar
_PERMALINK = " ¶"  # a sign that links to the heading itself
_DEK = re.compile(
    r"(?<![a-z])(?:dek|standfirst|sub-?title|sub-?head(?:line|ing)?|deck|article-?_*summary|article-?_*lead|teaser-text"
    r"|article-?_*(?:intro|excerpt|description|dek)|entry-subtitle|alternativeheadline|chapo|sottotitolo|entradilla)"
    r"(?![a-z])"
)
_KICKER = re.compile(
    r"(?<![a-z])(?:kicker|overline|over-?title|top-?line|roof-?line|dach-?zeile|high-?line|top-?title|super-?title|pre-?title"
    r"|pre-?head(?:line)?|eyebrow|rubrik|rubric|topic|topic-?label|label|visually-?hidden)"
    r"(?![a-z])"
)
_HEADER = ("header", "hgroup")
_LINES = ("h2", "h3", "h4", "p", "div", "span", "strong", "em")
_FEW = 2  # paragraphs beside it that a line under the headline has at most
_ALIKE = 0.5  # share of words: above, an alternative headline is one, and no line under it


def title_of(heard: Heard) -> tuple[str | None, str]:
    """Return the article's title and who said it; the site's name where nothing else is said."""
    shown = frozenset(folded(text(e, 500)) for e in _shown(heard)) - {""}
    said = [(who, cut) for who, wording in _said(heard) if folded(cut := _without_site(wording, heard.outlets, shown))]
    others = [one for one in said if folded(one[1]) not in heard.outlets]
    is_told = any(who != "part of h1" for who, _ in others)  # which only adds to what is said
    said = others if is_told else [one for one in said if one[0] == "h1"]
    if not said:
        return heard.site, "meta og:site_name" if heard.site else ""
    votes = _votes([*said, *_shown_lower(heard, said)])
    best = max(votes, key=lambda one: votes[one])
    same = [(who, wording) for who, wording in said if folded(wording) == best]
    who, wording = max(same, key=lambda one: bool(_PARTED.search(one[1])))
    return wording, who


def headline_of(heard: Heard, title: str | None) -> Element | None:
    """Return the element that shows the title; the likest heading where none shows it word by word."""
    wanted = folded(title or "")
    exact = [e for e in heard.headings if folded(text(e)) == wanted]
    longer = [e for e in heard.headings if len(wanted) >= _SHORTEST and wanted in folded(text(e))]
    others = (e for e in heard.all if e.tag in ("h2", "h3") and wanted and folded(text(e)) == wanted)
    return next(chain(exact, longer, others, heard.headings), None)


def subtitle_of(heard: Heard, headline: Element | None, title: str | None) -> tuple[str | None, str]:
    """Return the line under the headline: what is marked as one soon after it, shares its header, or describes it."""
    after = islice(dropwhile(lambda e: e is not headline, heard.all), 1, _NEAR) if headline is not None else iter(())
    described = {folded(plain(line)) for line in heard.meta("og:description", "description")} - {""}
    for element in after:
        if element.tag in _LINES and (_is_subtitle(element, headline) or _describes(element, described)):
            line = text(element)
            if 10 <= len(line) <= _LONGEST_SUBTITLE and folded(line) != folded(title or "") and not dates.found(line):
                return line, "the line under the headline"
    words = set(_WORD.findall((title or "").casefold()))
    told = [(who, line) for who, line in heard.linked_said("alternativeHeadline") if _likeness(line, words) < _ALIKE]
    return first_said(told)


def _is_subtitle(element: Element, headline: Element | None) -> bool:
    if _DEK.search(marks(element)):
        return True
    if element.tag not in ("h2", "p") or headline is None:
        return False
    above, beside = headline.getparent(), element.getparent()
    return above is not None and above is beside and above.tag in _HEADER and headline.getnext() is element


def _describes(element: Element, described: set[str]) -> bool:
    """Tell whether an element is what the head gives as description, and no paragraph among many."""
    around = element.getparent()
    if not described or around is None or folded(text(element, _LONGEST_SUBTITLE)) not in described:
        return False
    return sum(1 for child in around if child.tag == "p") <= _FEW


def _said(heard: Heard) -> list[Said]:
    """Who calls the page what, the witnesses that weigh most first."""
    headings, told = heard.headings[:_MOST_HEADINGS], _told(heard)
    known = [folded(plain(wording)) for _, wording in told]
    return [
        *(("h1" if e.tag == "h1" else "itemprop headline", _below_kicker(e, known)) for e in headings),
        *(("part of h1", part) for e in headings if e.tag == "h1" for part in _parts(e)),
        *told,
    ]


def _shown_lower(heard: Heard, said: Sequence[Said]) -> list[Said]:
    """Which wordings of the head lower headings show; one that stands beside the first heading is a line under it."""
    told = {folded(wording): wording for who, wording in said if _kind(who) in _HEAD}
    above = [e.getparent() for e in heard.headings]
    shown = (folded(text(e, 500)) for e in _lower(heard) if e not in heard.headings and e.getparent() not in above)
    return [("h2", told[one]) for one in shown if len(one) >= _SHORTEST and one in told]


def _told(heard: Heard) -> list[Said]:
    """What the page's head and its linked data call it."""
    return [
        *heard.metas_said("og:title")[:1],
        *heard.linked_said("headline")[:1],
        *heard.metas_said(*_TITLES, "headline"),
        *(("title", line) for line in [next((t for t in map(text, heard.root.iter("title")) if t), "")] if line),
    ]


def _below_kicker(heading: Element, known: Sequence[str]) -> str:
    """A heading's text without what is marked as a line above it; with that, where others know both as one."""
    whole = _wording(heading)
    inner = islice(heading.iterdescendants("*"), 6)
    above = next((e for e in inner if folded(text(e)) not in ("", folded(whole))), None)
    if above is None or not whole.startswith(kicker := text(above)) or not _is_kicker(above):
        return whole
    rest = whole[len(kicker) :].strip(" :|/–—-")
    alone = folded(rest) in known or not any(folded(whole) in other for other in known)
    return rest if alone and len(rest) >= _SHORTEST else whole


def _is_kicker(element: Element) -> bool:
    return element.tag == "small" or bool(_KICKER.search(marks(element)))


def _wording(heading: Element) -> str:
    """A heading's text; where a kicker stands in an element of its own, a blank parts it from what follows."""
    pieces = [str(piece) for piece in islice(heading.itertext(), 40)]
    glued = "".join(f" {piece}" if _is_parted(before, piece) else piece for before, piece in pairwise(["", *pieces]))
    return (plain(glued) if len(heading) else text(heading)).rstrip(_PERMALINK)


def _is_parted(before: str, piece: str) -> bool:
    return before[-1:].islower() and piece[:1].isupper()


def _parts(heading: Element) -> Iterator[str]:
    """What stands in a heading beside its kicker, or before what was put behind it: its elements and its own text."""
    if len(heading) and len(first := " ".join((heading.text or "").split())) >= _SHORTEST:
        yield first
    for element in islice(heading.iterdescendants("*"), 6):
        for part in (text(element), " ".join((element.tail or "").split())):
            if len(part) >= _SHORTEST:
                yield part


def _votes(said: Sequence[Said]) -> dict[str, float]:
    votes: dict[str, dict[str, float]] = {}
    headings = list({folded(wording): wording for who, wording in said if who == "h1"}.values())
    heads = [wording for who, wording in said if "h1" not in who and who != "h2"]
    others = [set(_WORD.findall(wording.casefold())) for wording in heads]
    told = set(map(folded, heads))
    is_elsewhere = any(who == "h2" for who, _ in said)
    for who, wording in said:
        if who == "part of h1" and not _is_confirmed(folded(wording), told, headings):
            continue
        weight = _WEIGHTS[_kind(who)]
        if who == "h1":
            likeness = max((_likeness(wording, words) for words in others), default=1.0)
            is_headline = len(headings) == 1 and not is_elsewhere and _is_wordy(wording, told)
            likeness = max(likeness, _FLOOR if is_headline else 0)
            weight = weight * likeness**0.5 + (_LONE * likeness if len(headings) == 1 else 0)
        of_kind = votes.setdefault(folded(wording), {})
        of_kind[_kind(who)] = max(weight, of_kind.get(_kind(who), 0.0))
    sums = {wording: sum(of_kind.values()) for wording, of_kind in votes.items()}
    kin = {wording: own - votes[wording].get("h2", 0.0) for wording, own in sums.items()}
    return {wording: own + _KINDRED * _of_kin(wording, kin) for wording, own in sums.items()}


def _is_wordy(heading: str, told: Iterable[str]) -> bool:
    """Tell whether a heading that nobody confirms may be a headline: of three words, and no part of what others say."""
    return len(_WORD.findall(heading)) >= _WORDY and not any(folded(heading) in other for other in told)


def _is_confirmed(part: str, told: Iterable[str], headings: Sequence[str]) -> bool:
    """Tell whether others know a part of a heading, and none the whole heading."""
    wholes = [folded(heading) for heading in headings if part in folded(heading)]
    return any(part in other for other in told) and not any(whole in other for whole in wholes for other in told)


def _of_kin(wording: str, sums: dict[str, float]) -> float:
    """The votes of the longer wordings that begin or end so."""
    if len(wording) < _SHORTEST:
        return 0.0
    return sum(
        vote for other, vote in sums.items() if other != wording and other.startswith(wording) | other.endswith(wording)
    )


def _kind(who: str) -> str:
    if who in ("h1", "h2", "title"):
        return who
    if who == "part of h1":
        return "part"
    known = (("JSON-LD", "JSON-LD"), ("itemprop", "itemprop"), ("meta og:", "og"))
    return next((kind for beginning, kind in known if who.startswith(beginning)), "other")


def _likeness(wording: str, words: set[str]) -> float:
    own = set(_WORD.findall(wording.casefold()))
    return len(own & words) / max(1, len(own | words))


def _without_site(wording: str, outlets: frozenset[str], shown: frozenset[str]) -> str:
    """Cut "Section - Headline | Site" down to the headline: what the page shows as a heading, or all but its site."""
    wording = plain(wording).replace("\u00ad", "")
    cuts = list(islice(_SEPARATOR.finditer(wording), _MOST_CUTS))
    starts, ends = [0, *(cut.end() for cut in cuts)], [*(cut.start() for cut in cuts), len(wording)]
    runs = [wording[start:end].strip(" ]") for start in starts for end in ends if start < end]
    headings = [run for run in runs if folded(run) in shown and len(folded(run)) >= _SHORTEST]
    if cuts and folded(wording) not in shown and headings:
        return max(headings, key=len)
    if cuts and folded(wording[starts[-1] :]) in outlets:
        return wording[: ends[-2]].strip()
    if cuts and folded(wording[: ends[0]]) in outlets:
        return wording[starts[1] :].strip()
    section = _SECTION.search(wording) if wording.count("|") == 1 else None
    if section and len(_WORD.findall(wording[: section.start()])) >= _WORDY:
        return wording[: section.start()].strip()
    return wording


def _shown(heard: Heard) -> list[Element]:
    """The page's headings of the upper levels."""
    return [*heard.headings[:_MOST_HEADINGS], *_lower(heard)]


def _lower(heard: Heard) -> list[Element]:
    return list(islice((e for e in heard.all if e.tag in ("h2", "h3")), _MOST_LOWER))
