"""Which blocks of an article are no part of it: by what they say and where they stand.

An article about donations speaks of them too.  What tells an appeal from it is
that a site speaks of itself to its readers, outside of quotations, in a few
words or in several such phrases, and that it stands as a box of its own or at
an end of the text.  Pure.
"""

from collections.abc import Iterator, Mapping, Sequence

from cuttings.text.phrases.lexicon import Kind, Reading, read

UNCERTAIN = (0.2, 0.95)  # probabilities between which a block is judged; whoever read the page is sure of the others
SURELY_TEXT = 0.998  # of what asks for money or an address, which reads as an article does

_LABEL = 14  # words of a line that may head a section, or be a button
_SHORT = 45  # words of a box
_BOX = 1.5  # signs in a box: a phrase is one, a hint and being spoken to half a one
_LONGEST = 220  # words of a block that can be taken by itself
_EDGE = 3  # blocks at the beginning and at the end
_SILENT = 2  # blocks on end in which nobody says "we" part a section at the end from the article
_AFTER = 2  # blocks that may follow it: who wrote it, where it appeared
_MOST = 0.6  # of a text that a section at its end may be
_CLOSING = 2  # phrases by which an appeal closes a section
_VOICE = 0.25  # of a text's blocks in which an author may say "we" before it tells nothing

_ASKING: frozenset[Kind] = frozenset(("appeal", "newsletter", "subscription"))
_SAID: Mapping[Kind, str] = {
    "appeal": "an appeal for money",
    "newsletter": "a newsletter's offer",
    "subscription": "a subscription's offer",
    "skip": "a link to skip",
    "share": "a row to share",
    "cookie": "a text on cookies",
    "more": "a pointer to other articles",
    "promo": "a note on where it appeared",
    "app": "an offer of an app",
    "comments": "an invitation to comment",
}


def standing(
    blocks: Sequence[str], language: str | None, probabilities: Sequence[float] | None = None
) -> Mapping[int, str]:
    """Return the blocks of an article that are chrome, by number, with the reason.

    `blocks` are the texts that are to be kept, in order; `probabilities` are
    those of their being text: what is certain stays, unless it stands in the
    section that an appeal at the end opens.
    """
    readings = [read(block, language) for block in blocks]
    taken = {
        at: f"it is {_SAID[kind]}"
        for at in range(len(blocks))
        if (kind := _alone(readings, at)) and _is_open(at, kind in _ASKING, probabilities)
    }
    taken |= {at: why for at, why in _sections(blocks, readings, taken) if _is_open(at, True, probabilities)}
    taken |= dict.fromkeys(_ending(blocks, readings, taken), "it belongs to the appeal at the end")
    return taken


def _is_open(at: int, asking: bool, probabilities: Sequence[float] | None) -> bool:
    least, most = UNCERTAIN
    return probabilities is None or least < probabilities[at] < (SURELY_TEXT if asking else most)


def _alone(readings: Sequence[Reading], at: int) -> Kind | None:
    """Return what a block is by what it says itself."""
    said = readings[at]
    if not said.kinds or said.words > _LONGEST:
        return None
    kind = next(name for name in _SAID if name in said.kinds)
    if said.words <= _LABEL:
        return kind
    if kind not in _ASKING:
        return kind if said.words <= _SHORT and _is_at_edge(at, len(readings)) else None
    signs = said.phrases + min(said.hints, 2) / 2 + said.addressed / 2
    if said.words <= _SHORT:
        return kind if signs >= _BOX and (said.addressed or said.phrases > 1) else None
    enough = 2 + (kind != "appeal") / 2 + (not _is_at_edge(at, len(readings)))
    return kind if signs >= enough and said.addressed else None


def _is_at_edge(at: int, blocks: int) -> bool:
    return at < _EDGE or at >= blocks - _EDGE


def _sections(
    blocks: Sequence[str], readings: Sequence[Reading], taken: Mapping[int, str]
) -> Iterator[tuple[int, str]]:
    """Yield what goes with what is taken: the blocks below an appeal's headline, the headline above an appeal."""
    for at in sorted(taken):
        if _is_label(blocks[at], readings[at]) and readings[at].kinds & _ASKING:
            yield from _below(readings, taken, at)
        if at and at - 1 not in taken and _is_label(blocks[at - 1], readings[at - 1]) and _speaks(readings[at - 1]):
            yield at - 1, "it heads what is taken out"


def _below(readings: Sequence[Reading], taken: Mapping[int, str], at: int) -> Iterator[tuple[int, str]]:
    for next_at in range(at + 1, len(readings)):
        if next_at in taken:
            continue
        if not _speaks(readings[next_at]):
            return
        yield next_at, "it stands below an appeal's headline"


def _is_label(block: str, said: Reading) -> bool:
    return said.words <= _LABEL and block[-1:] not in ".。"


def _speaks(said: Reading) -> bool:
    """Tell whether a block shows a sign of asking at all."""
    return bool(said.kinds & _ASKING or (said.hints and said.addressed))


def _ending(blocks: Sequence[str], readings: Sequence[Reading], taken: Mapping[int, str]) -> Iterator[int]:
    """Yield the blocks of the section that an appeal closes at the end, from where it turns to the reader."""
    last = next((at for at in reversed(range(len(readings))) if at in taken and _closes(readings[at])), None)
    if last is None or sum(at not in taken for at in range(last + 1, len(readings))) > _AFTER:
        return
    start = _turn(readings, taken, last)
    if sum(said.we for said in readings[:start]) > _VOICE * start:
        return
    if sum(map(len, blocks[start:])) > _MOST * sum(map(len, blocks)):
        return
    yield from (at for at in range(start, last) if at not in taken)


def _closes(said: Reading) -> bool:
    return "appeal" in said.kinds and said.phrases >= _CLOSING and said.we


def _turn(readings: Sequence[Reading], taken: Mapping[int, str], last: int) -> int:
    """Return where the site begins to speak of itself, going up from an appeal.

    The author may have said "we" in the last paragraphs before it: these go
    only where a line in the site's voice heads them, or a sign of asking does.
    """
    start, silent = last, 0
    for at in range(last - 1, -1, -1):
        said = readings[at]
        heads = said.we and said.words <= _LABEL and at + 1 not in taken
        if _speaks(said) or heads:
            start = at
        silent = 0 if said.we or at == start else silent + 1
        if silent == _SILENT:
            break
    return start
