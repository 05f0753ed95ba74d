"""How well an author's edit is told from noise, how right its weight is, and what the judging costs.

    python -m benchmarks.revisions [--corpora DIR] [--seed N]

Pairs of texts are made of the shared pages' own, by a fixed seed.  Noise: other
white space and forms of quotes and dashes, entities, lines that a page keeps up
to date, in all our languages, added, changed and taken away.  Edits: a number changed, a paragraph
taken out or put in, a negation put in, words of a quotation changed, a
sentence taken out; slips: two letters swapped in a long word.
"""

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import corpora
from cuttings.model.article import Draft, Record, RecordId, Trace
from cuttings.normalise.edits import judged
from cuttings.text import markup
from cuttings.text.language import language_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FURNITURE = (
    ("2 hours ago", "3 days ago"),
    ("1,204 views", "17,311 views"),
    ("Updated: 24 November 2026, 12:00", "Updated: 25 November 2026, 09:30"),
    ("vor 3 Stunden", "vor 2 Tagen"),
    ("Stand: 24.11.2026, 12:00 Uhr", "Stand: 25.11.2026, 07:15 Uhr"),
    ("il y a 5 minutes", "il y a 2 heures"),
    ("hace 2 horas", "hace 3 días"),
    ("há 2 horas", "há 3 dias"),
    ("12 commenti", "47 commenti"),
    ("2 uur geleden", "3 dagen geleden"),
    ("2 godziny temu", "3 dni temu"),
    ("2 часа назад", "5 дней назад"),
    ("1204 görüntülenme", "1300 görüntülenme"),
    ("منذ 3 ساعات", "منذ 5 أيام"),
    ("3時間前", "2日前"),
    ("댓글 12", "댓글 40"),
    ("3小时前", "2天前"),
    ("DAX 18,204 ▲ +0.42 %", "DAX 18,177 ▼ -0.11 %"),
)
_PLAIN_FORMS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})
_FIGURE = re.compile(r"(?<![\d.,])[1-9]\d{0,3}(?![\d.,])")
_NEW = (
    "A spokesman could not be reached for comment on Sunday evening.",
    "Eine Sprecherin sagte am Abend kein Wort dazu.",
)
_QUOTED = re.compile(r"“([^“”\"„]{30,400})”")
_LONG = re.compile(r"(?<![\w-])[^\W\d_]{8,}(?![\w-])")
_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-ZÄÖÜÉÀ])")
_NEGATIVE = {"en": "not", "de": "nicht", "es": "no", "it": "non", "pt": "não", "nl": "niet", "pl": "nie", "ru": "не"}

Pair = tuple[str, str, str | None]
"""What was done, the text it made, and the reason that an edit is to be given ("" for a slip, None for none)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text, its language, and a source of chance."""

    paragraphs: tuple[str, ...]
    language: str | None
    chance: random.Random

    def prose(self) -> list[int]:
        """Return which paragraphs are sentences of some length."""
        return [i for i, p in enumerate(self.paragraphs) if len(p.split()) >= 8 and p[-1] in '.!?”"']

    def with_(self, index: int, *now: str) -> str:
        """Return the text with a paragraph changed, or without it."""
        return "\n\n".join((*self.paragraphs[:index], *now, *self.paragraphs[index + 1 :]))

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


def noise(told: Told) -> Iterator[tuple[str, str, str]]:
    """Yield (what was done, before, after) that differ by nobody's doing."""
    plain = told.text.translate(_PLAIN_FORMS)
    if plain != told.text:
        yield "typography", told.text, plain
    yield "white space", told.text, told.text.replace(" ", "\u00a0").replace("\n\n", " \n\n")
    yield "entities", told.text, markup.escaped(told.text)
    was, now = told.chance.choice(FURNITURE)
    at = told.chance.randrange(len(told.paragraphs) + 1)
    around = told.paragraphs[:at], told.paragraphs[at:]
    before, after = ("\n\n".join((*around[0], line, *around[1])) for line in (was, now))
    yield "line changed", before, after
    yield "line added", told.text, after
    yield "line gone", before, told.text


def edits(told: Told) -> Iterator[Pair]:
    """Yield edits of a text; a kind that it has no place for is left out."""
    prose = told.prose()
    for name, make, reason in _KINDS:
        found = [(i, changed) for i in prose if (changed := make(told, told.paragraphs[i])) is not None]
        if found:
            index, changed = told.chance.choice(found)
            yield name, told.with_(index, *changed), reason


def _number(told: Told, paragraph: str) -> Sequence[str] | None:
    figures = list(_FIGURE.finditer(paragraph))
    if not figures:
        return None
    one = told.chance.choice(figures)
    return (f"{paragraph[: one.start()]}{int(one[0]) + told.chance.randint(1, 9)}{paragraph[one.end() :]}",)


def _negation(told: Told, paragraph: str) -> Sequence[str] | None:
    word = _NEGATIVE.get((told.language or "")[:2])
    words = paragraph.split(" ")
    at = told.chance.randrange(1, len(words))
    return (" ".join((*words[:at], word, *words[at:])),) if word else None


def _quotation(told: Told, paragraph: str) -> Sequence[str] | None:
    found = _QUOTED.search(paragraph)
    words = found[1].split() if found else []
    long = [word for word in words if len(word) > 5 and word.isalpha()]  # one that is exchanged is no slip
    if found is None or not long:
        return None
    word = told.chance.choice(long)
    other = "elephant" if word != "elephant" else "umbrella"
    return (paragraph[: found.start(1)] + re.sub(rf"\b{word}\b", other, found[1], count=1) + paragraph[found.end(1) :],)


def _slip(told: Told, paragraph: str) -> Sequence[str] | None:
    words = [one for one in _LONG.finditer(paragraph) if one[0].islower() and one[0][3] != one[0][4]]
    if not words:
        return None
    one = told.chance.choice(words)
    slipped = one[0][:3] + one[0][4] + one[0][3] + one[0][5:]
    return (paragraph[: one.start()] + slipped + paragraph[one.end() :],)


def _sentence(told: Told, paragraph: str) -> Sequence[str] | None:
    sentences = [one for one in _SENTENCE.split(paragraph) if one]
    if len(sentences) < 2:
        return None
    gone = told.chance.randrange(len(sentences))
    return (" ".join(one for i, one in enumerate(sentences) if i != gone),)


_KINDS: Sequence[tuple[str, Callable[[Told, str], Sequence[str] | None], str | None]] = (
    ("number", _number, "number"),
    ("negation", _negation, "negation"),
    ("quotation", _quotation, "quotation"),
    ("slip", _slip, ""),
    ("sentence gone", _sentence, None),
    ("paragraph gone", lambda told, paragraph: (), "removed"),
    ("paragraph new", lambda told, paragraph: (paragraph, told.chance.choice(_NEW)), "text"),
)


def record(text: str, language: str | None) -> Record:
    """Return an article that is a text alone."""
    return Record(
        id=RecordId("a" * 26), source=None, ident="a", guid=None, url=None, canonical_url=None, story="a",
        status="full", provenance="page", title="A headline", first_seen=NOW, language=language, text=text,
    )  # fmt: skip


def draft(text: str, language: str | None) -> Draft:
    """Return what was read of it later."""
    trace = Trace(guid=None, link=None, title="A headline", digest=b"")
    return Draft(
        trace=trace, title="A headline", url=None, canonical_url=None, status="full", language=language, text=text
    )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--corpora", type=Path, default=corpora.DEFAULT)
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    made, missed, wrong, spent = Counter[str](), Counter[str](), Counter[str](), 0.0
    texts = 0
    for page in corpora.pages(asked.corpora):
        paragraphs = tuple(one for one in page.gold.paragraphs or () if not one.startswith("["))
        if not paragraphs:
            continue
        texts += 1
        text = "\n\n".join(paragraphs)
        told = Told(paragraphs, language_of(text), random.Random(f"{asked.seed}/{page.name}"))
        for name, before, after in noise(told):
            started = time.process_time()
            edit = judged(record(before, told.language), draft(after, told.language))
            spent += time.process_time() - started
            made[f"noise: {name}"] += 1
            missed[f"noise: {name}"] += edit is not None
        for name, after, reason in edits(told):
            started = time.process_time()
            edit = judged(record(text, told.language), draft(after, told.language))
            spent += time.process_time() - started
            made[f"edit: {name}"] += 1
            missed[f"edit: {name}"] += edit is None
            if edit is not None and reason is not None:
                wrong[f"edit: {name}"] += (reason not in edit.material) if reason else bool(edit.material)
    if not texts:
        print(f"no pages with gold in {asked.corpora}: nothing to measure")
        return
    print(f"{texts} texts, {made.total()} pairs, {1000 * spent / made.total():.2f} ms a pair")
    print(f"{'':<24}{'pairs':>8}{'wrong':>8}{'weight wrong':>14}")
    for name, count in made.items():
        print(f"{name:<24}{count:>8}{missed[name]:>8}{wrong[name]:>14}")
    for kind in ("noise", "edit"):
        total = sum(count for name, count in made.items() if name.startswith(kind))
        bad = sum(count for name, count in missed.items() if name.startswith(kind))
        print(f"{kind} told wrongly: {bad} of {total}, {100 * bad / total:.2f} %")


if __name__ == "__main__":
    main()
