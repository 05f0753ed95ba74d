"""A correction as an article of its own: what an author changed in another one, what it was and what it is.

Pure.  What was taken away is marked as deleted, what is new as inserted, and
labels say the same in words, since many readers show no marks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cuttings.model.article import Change, Edit, Record
from cuttings.model.feed import revision_id
from cuttings.text import markup
from cuttings.text.difference import How, Part, difference

MOST_SHOWN = 20  # changed paragraphs; an article written anew is better read than compared
MOST_TOLD = 3  # changes that the summary names

_REASONS = {
    "headline": "the headline",
    "number": "a number",
    "name": "a name",
    "negation": "whether something is so or not",
    "quotation": "a quotation",
    "removed": "something was taken out",
    "text": "the wording",
}
_GONE = "Its page is no longer there. What it said is kept in the archive."
_WHOLE: Sequence[Part] = ()
_MARKS: Mapping[How, str] = {"gone": "del", "new": "ins"}


def told(revision: Record) -> Record:
    """Return what a feed of corrections shows of a revision; its title is the article's."""
    edit = revision.edit or Edit()
    seen = edit.at or revision.order_date
    content = "".join(_blocks(revision, edit))
    return replace(
        revision,
        id=revision_id(revision.id, revision.revision),
        title=f"{'Removed' if revision.status == 'gone' else 'Corrected'}: {revision.title or 'Untitled'}",
        subtitle=None,
        summary=_summary(revision, edit),
        content=content,
        text=markup.text_of(content),
        image=None,
        enclosures=(),
        status="full",
        published=seen,
        first_seen=seen,
    )


def _blocks(revision: Record, edit: Edit) -> Iterator[str]:
    if revision.status == "gone":
        yield f"<p>{_GONE}</p>"
        return
    yield f"<p>What changed: {', '.join(_REASONS[one] for one in edit.material if one in _REASONS)}.</p>"
    for was, now in [*_headlines(revision, edit), *((one.old, one.new) for one in edit.changes[:MOST_SHOWN])]:
        yield from _compared(was, now)
    if len(edit.changes) > MOST_SHOWN:
        yield f"<p>And {len(edit.changes) - MOST_SHOWN} more paragraphs.</p>"


def _headlines(revision: Record, edit: Edit) -> Sequence[tuple[str, str]]:
    return [(revision.titles[-1], revision.title)] if "headline" in edit.material and revision.titles else []


def _compared(was: str, now: str) -> Iterator[str]:
    parts = difference(was, now) if was and now else _WHOLE
    if was and was != now:
        yield _side("It was" if now else "Taken out", _marked(parts, "gone") or markup.escaped(was))
    if now and was != now:
        yield _side("It is" if was else "Added", _marked(parts, "new") or markup.escaped(now))


def _side(label: str, text: str) -> str:
    return f"<p><strong>{label}:</strong></p><blockquote><p>{text}</p></blockquote>"


def _marked(parts: Sequence[Part], side: How) -> str:
    """Return one side of a difference, what the other has not within marks."""
    tag = _MARKS[side]
    shown = ((how, markup.escaped(text)) for how, text in parts if how in ("same", side))
    return "".join(text if how == "same" else f"<{tag}>{text}</{tag}>" for how, text in shown)


def _summary(revision: Record, edit: Edit) -> str:
    if revision.status == "gone":
        return _GONE
    pairs = _headlines(revision, edit)
    told = [f"“{was}” became “{now}”" for was, now in pairs]
    told += [sentence for one in edit.changes[:MOST_TOLD] for sentence in _in_words(one)]
    return markup.summary("; ".join(told))


def _in_words(change: Change) -> Iterator[str]:
    if not change.old or not change.new:
        yield f"added: “{change.new}”" if change.new else f"taken out: “{change.old}”"
        return
    parts = [(how, text.strip()) for how, text in difference(change.old, change.new)]
    for number, (how, text) in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else ("same", "")
        before = parts[number - 1][0] if number else "same"
        if how == "gone" and following[0] == "new":
            yield f"“{text}” became “{following[1]}”"
        elif how == "gone":
            yield f"taken out: “{text}”"
        elif how == "new" and before != "gone":
            yield f"added: “{text}”"
