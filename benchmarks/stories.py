"""How well copies of an article are told from other articles, and how fast.

    python -m benchmarks.stories [--corpora DIR] [--records N]

Pairs are made from the shared pages' own texts and from the entries of real
feeds, by a fixed seed.  Of one story: syndicated copies with edited words, a
dateline or a note on where they are from, sentences left out, an ending cut,
another headline.  Of two: reports of one event (the articles of different
sites that share the most names, and articles that share their quotations),
liveblogs that carry over part of the day before, roundups that hold another
article's opening, columns whose numbers change, and whatever a real feed holds
twice in a row.  A pair is found where the sketches share a key and the texts
are judged to be one story, as in collecting.

Then N records (default 20,000), a tenth of them copies, are clustered as they
come, through an archive in SQLite: sketch, ask, compare, commit.
"""

import argparse
import asyncio
import json
import random
import re
import resource
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cuttings.archive.sqlite import SqliteArchive
from cuttings.flow.stories import Stories
from cuttings.model.article import Draft, Record, RecordId, SourceKey, Trace, words_of
from cuttings.model.capture import Document
from cuttings.model.source import Visit
from cuttings.normalise import stories
from cuttings.normalise.content import clean
from cuttings.parse import jsonfeed, syndication
from cuttings.text.digest import record_id
from cuttings.text.sketches import sketch

SEED = 5
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOLD = ("scrapinghub", "naeb", "fundus-eval", "fundus")
PRECISION, RECALL, A_SECOND = 0.99, 0.97, 500
PORTION = 100  # records of one commit

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Article:
    """A text of the corpora; `source` is its site or feed."""

    source: str
    title: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        return [block for block in self.text.split("\n\n") if block.strip()]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles, and whether they tell one story; `kind` is how they were made."""

    kind: str
    one: Article
    other: Article
    same: bool
    days: float = 0.1  # between them


# -- what the corpora hold


def articles(corpora: Path) -> list[Article]:
    """Return the gold texts of the sets, each once."""
    found: dict[str, Article] = {}
    for name in GOLD:
        for key, gold in json.loads((corpora / "articles" / name / "ground-truth.json").read_text()).items():
            one = _gold(gold, key)
            if len(one.text) > 400:
                found.setdefault(one.text[:200], one)
    return list(found.values())


def _gold(gold: Mapping[str, object], key: str) -> Article:
    body = gold.get("articleBody") or gold.get("body")
    blocks = [str(block).strip("[]") for block in body] if isinstance(body, list) else str(body).split("\n")
    blocks = [block.strip() for block in blocks if block.strip()]
    title = str(gold.get("title") or " ".join(blocks[0].split()[:9]))
    host = str(gold.get("url", key)).split("/")[2]
    return Article(source=host, title=title, text="\n\n".join(blocks))


def entries(corpora: Path) -> list[list[Article]]:
    """Return the entries of each real feed, in its order."""
    feeds = []
    with tarfile.open(corpora / "feeds" / "real" / "real-feeds.tar.xz", "r:xz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                feeds.append(_entries(stream.read(), member.name))
    return feeds


def _entries(body: bytes, name: str) -> list[Article]:
    read = jsonfeed.read if body.lstrip()[:1] == b"{" else syndication.read
    try:
        parsed = read(Document(body=body, url=f"https://feeds.example/{name}", headers={}), frozenset())
    except Exception:  # what cannot be read is no entry
        return []
    drafts = [clean(entry, parsed.channel) for entry in parsed.entries[:40]]
    return [Article(source=name, title=draft.title, text=draft.text) for draft in drafts if draft.words > 40]


# -- pairs of one story


def copies(found: Sequence[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield for each article copies of every kind that its length allows."""
    kinds: Mapping[str, Sequence[Callable[[Article, random.Random], Article]]] = {
        "copy, words edited": (_edited,),
        "copy, framed": (_framed,),
        "copy, sentences left out": (_thinned, _edited),
        "copy, other headline": (_edited, _renamed),
        "copy, ending cut": (_cut,),
        "copy, ending cut and edited": (_cut, _edited, _framed),
        "copy, ending cut, other headline": (_cut, _renamed),
    }
    for one in found:
        for kind, steps in kinds.items():
            other = replace(one, source=f"copy.{one.source}")
            for step in steps:
                other = step(other, chance)
            yield Pair(kind, one, other, same=True, days=chance.choice((0.01, 0.2, 1, 3, 12)))


def _edited(one: Article, chance: random.Random) -> Article:
    """Change up to four words in a hundred to others of the text."""
    share = chance.uniform(0.005, 0.04)
    pool = one.text.split()
    edited = [_edited_words(block, pool, share, chance) for block in one.paragraphs]
    return replace(one, text="\n\n".join(edited))


def _edited_words(block: str, pool: Sequence[str], share: float, chance: random.Random) -> str:
    if len(block.split()) < len(block) / 15:  # no spaces: characters
        return "".join(chance.choice(block) if chance.random() < share / 3 else letter for letter in block)
    words = [word if any(map(str.isdigit, word)) else chance.choice(pool) for word in block.split()]
    return " ".join(new if chance.random() < share else old for new, old in zip(words, block.split(), strict=True))


def _framed(one: Article, chance: random.Random) -> Article:
    before = chance.choice(
        ("", "LONDON (Agency) — ", "By our own correspondent\n\n", f"This story is from {one.source}.\n\n")
    )
    after = chance.choice(("", f"\n\nThis article first appeared at {one.source} and is republished under a licence."))
    return replace(one, text=before + one.text + after)


def _thinned(one: Article, chance: random.Random) -> Article:
    """Leave out one sentence of twelve, at least one."""
    sentences = [[s for s in _SENTENCE.split(block) if s] for block in one.paragraphs]
    total = sum(map(len, sentences))
    gone = set(chance.sample(range(total), max(1, total // 12))) if total > 6 else set()
    numbers = iter(range(total))
    kept = [" ".join(s for s in block if next(numbers) not in gone) for block in sentences]
    return replace(one, text="\n\n".join(filter(None, kept)))


def _cut(one: Article, chance: random.Random) -> Article:
    keep = chance.uniform(0.3, 0.9)
    size = max(int(len(one.text) * keep), 350)
    head = one.text[:size]
    return replace(
        one, text=head[: max(head.rfind(" "), head.rfind("。"), size - 20)] + chance.choice(("", "…", " [...]"))
    )


def _renamed(one: Article, chance: random.Random) -> Article:
    """Give it a headline from one of its first sentences, or one that says nothing."""
    if chance.random() < 0.1:
        return replace(one, title="What we know so far")
    sentence = chance.choice(_SENTENCE.split(one.paragraphs[0])[:2])
    words = sentence.split()
    return replace(one, title=" ".join(words[:8]) if len(words) > 3 else sentence[:20])


# -- pairs of two stories


def events(found: Sequence[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield the pairs of different sites that share the most names, and pairs that share their quotations."""
    names = [frozenset(re.findall(r"(?<=[a-zà-ÿ,] )[A-ZÀ-Þ][\w’'-]{3,}", one.text)) for one in found]
    scored = (
        (len(names[i] & names[j]), i, j)
        for i in range(len(found))
        for j in range(i)
        if found[i].source != found[j].source and len(names[i] & names[j]) >= 4
    )
    for _, i, j in sorted(scored, reverse=True)[:1500]:
        yield Pair("two reports, shared names", found[i], found[j], same=False)
    for one, other in pairwise(found):
        taken = chance.sample(one.paragraphs, max(1, len(one.paragraphs) // 4))
        own = other.paragraphs
        for block in taken:
            own.insert(chance.randrange(len(own) + 1), block)
        title = one.title if chance.random() < 0.3 else other.title
        yield Pair(
            "two reports, shared quotations", one, replace(other, title=title, text="\n\n".join(own)), same=False
        )


def liveblogs(found: Sequence[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield liveblogs of two days, or two sites, that share up to half of their posts."""
    for start in range(0, len(found) - 4, 2):
        posts = [block for one in found[start : start + 4] for block in one.paragraphs]
        chance.shuffle(posts)
        third = len(posts) // 3
        days = [posts[:third] + posts[third : 2 * third], posts[2 * third :] + posts[third : 2 * third]]
        for blocks, source in ((days[0], found[start].source), (posts[: 2 * third], found[start + 1].source)):
            one = Article(found[start].source, f"Live: {found[start].title}", "\n\n".join(days[1]))
            other = Article(source, f"{found[start].title} – live updates", "\n\n".join(blocks))
            yield Pair("liveblogs", one, other, same=False, days=chance.choice((0.2, 1)))


def roundups(found: Sequence[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield articles beside roundups that hold their opening, first or further down."""
    for start in range(len(found) - 5):
        group = found[start : start + 5]
        heads = ["\n\n".join(one.paragraphs[:2])[:900] for one in group]
        brief = replace(group[0], text=heads[0])
        rest = heads[1:]
        rest.insert(chance.choice((0, 0, 1, 3)), heads[0])
        title = chance.choice(("This week in review", "Morning briefing: five things to know", "The daily digest"))
        roundup = Article(group[-1].source, title, "\n\n".join(rest))
        yield Pair("roundups", chance.choice((brief, group[0])), roundup, same=False, days=chance.choice((0.3, 2)))


_COLUMNS = (
    "Weather for {place}, {day} November",
    "Lottery results: draw {day}",
    "This week in {place}, no. {day}",
    "Markets on {day} November",
)


def columns(found: Sequence[Article], chance: random.Random) -> Iterator[Pair]:
    """Yield instalments of columns: texts rich in numbers, all of which change from one to the next."""
    rich = [one for one in found if len(re.findall(r"\d+", one.text)) * 40 > len(one.text.split())]
    for one in rich:
        title = chance.choice(_COLUMNS)
        first, second = (
            replace(
                one,
                title=title.format(place=one.source, day=day),
                text=re.sub(r"\d+", lambda _: str(chance.randrange(1, 90)), one.text[:1500]),
            )
            for day in (7, 8)
        )
        elsewhere = chance.random() < 0.5
        yield Pair("columns", first, replace(second, source="elsewhere") if elsewhere else second, same=False, days=1)


def neighbours(feeds: Sequence[Sequence[Article]]) -> Iterator[Pair]:
    """Yield what follows each other in a real feed, under other titles: instalments, series, episodes."""
    for feed in feeds:
        for one, other in pairwise(feed):
            if one.title != other.title and one.text != other.text:
                yield Pair("neighbours in a feed", one, other, same=False, days=1)
                yield Pair("the same, were they of two", one, replace(other, source="elsewhere"), same=False, days=1)


# -- judging


def found_as_one(pair: Pair) -> bool:
    """Tell whether a pair is joined, as collecting would."""
    one, other = _record(pair.one, NOW - timedelta(days=pair.days)), _record(pair.other, NOW)
    mine, theirs = sketch(one.text), sketch(other.text)
    if mine is None or theirs is None or not _keys(mine) & _keys(theirs):
        return False
    return stories.same_story(other, one, other.source) is not None


def _keys(keys: bytes) -> set[bytes]:
    return {keys[start : start + 8] for start in range(0, len(keys), 8)}


def _record(one: Article, at: datetime) -> Record:
    source, ident = SourceKey(one.source), f"{one.title}{at}"
    name = RecordId(record_id(source, ident))
    return Record(
        id=name, source=source, ident=ident, guid=ident, url=None, canonical_url=None, story=name, status="full",
        provenance="feed", title=one.title, published=at, first_seen=at, text=one.text,
    )  # fmt: skip


def judge(pairs: Sequence[Pair]) -> None:
    """Print for each kind how many are joined, and precision and recall over all."""
    tally: dict[str, list[int]] = {}
    for pair in pairs:
        row = tally.setdefault(pair.kind, [0, 0, int(pair.same)])
        row[0] += 1
        row[1] += found_as_one(pair)
    for kind, (count, joined, same) in tally.items():
        print(f"  {kind:<36}{joined:>6} of {count:>5} joined   {'one story' if same else 'two'}")
    right, wrong = (sum(row[1] for row in tally.values() if row[2] == same) for same in (1, 0))
    of = sum(row[0] for row in tally.values() if row[2])
    print(f"  precision {right / (right + wrong):.4f} (bar {PRECISION})   recall {right / of:.4f} (bar {RECALL})")


# -- speed


async def cluster(count: int, folder: Path) -> None:
    """Cluster made-up records as they come, and print what that cost."""
    chance = random.Random(SEED)
    vocabulary = [f"{chance.choice(_SYLLABLES)}{chance.choice(_SYLLABLES)}{number % 97}" for number in range(30_000)]
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    joined, work, made, began = 0, 0.0, 0, time.perf_counter()
    kept: list[Draft] = []
    async with SqliteArchive.opened(folder) as archive:
        finder = Stories(archive)
        for start in range(0, count, PORTION):
            drafts = [_draft(kept, vocabulary, weights, chance) for _ in range(PORTION)]
            kept = [*kept, *chance.sample(drafts, 10)][-2_000:]
            at = NOW + timedelta(days=30) * start / count
            before = time.process_time()
            joined += await _taken(drafts, start, at, archive, finder)
            work += time.process_time() - before
            made += PORTION
            if made % 50_000 == 0:
                print(f"  {made:>9} records, {made / work:,.0f} a second of CPU", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    print(
        f"  {made:,} records, {joined:,} of {made // 10:,} or so copies joined, in {time.perf_counter() - began:,.0f} s"
    )
    print(f"  {made / work:,.0f} a second of CPU (bar {A_SECOND}), {memory:,.0f} MiB at most, database {size:,.0f} MB")


async def _taken(drafts: Sequence[Draft], start: int, at: datetime, archive: SqliteArchive, finder: Stories) -> int:
    records, sketches, joined = [], [], 0
    for number, draft in enumerate(drafts, start):
        draft = replace(draft, sketch=sketch(draft.text), published=at)
        source = SourceKey(f"https://{number % 997}.example/")
        name = RecordId(record_id(source, str(number)))
        record = Record(
            id=name, source=source, ident=str(number), guid=None, story=name, provenance="feed", first_seen=at,
            **words_of(draft),
        )  # fmt: skip
        story = await finder.joined(draft, record, at)
        joined += story.story != name
        record = replace(record, story=story.story)
        finder.note(draft, record)
        records.append(record)
        if draft.sketch is not None:
            sketches.append((name, draft.sketch))
    await archive.commit(Visit(source=None, records=tuple(records), sketches=tuple(sketches)))
    return joined


_SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aeiou")


def _draft(kept: Sequence[Draft], vocabulary: Sequence[str], weights: Sequence[float], chance: random.Random) -> Draft:
    """Return an article of about 300 words; one in ten is another's copy."""
    if kept and chance.random() < 0.1:
        one = chance.choice(kept)
        words = one.text.split()
        return replace(one, text=" ".join([*words[:100], "again", *words[101 : chance.randrange(200, 300)]]))
    words = chance.choices(vocabulary, weights, k=300)
    trace = Trace(guid=None, link=None, title=None, digest=b"")
    title = " ".join(words[:8])
    return Draft(trace=trace, title=title, url=None, canonical_url=None, status="full", text=" ".join(words))


def main() -> None:
    """Print both."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    options.add_argument("--records", type=int, default=20_000)
    chosen = options.parse_args()
    print("stories: pairs")
    if chosen.corpora.is_dir():
        chance = random.Random(SEED)
        found = articles(chosen.corpora)
        chance.shuffle(found)
        made = [
            *copies(found, chance), *events(found, chance), *liveblogs(found, chance), *roundups(found, chance),
            *columns(found, chance), *neighbours(entries(chosen.corpora)),
        ]  # fmt: skip
        judge(made)
    else:
        print(f"  no corpora at {chosen.corpora}")
    print("stories: clustering as records come")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(cluster(chosen.records, Path(folder)))


if __name__ == "__main__":
    main()
