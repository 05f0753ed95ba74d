"""An article's page as a source: one entry, its text with its markup, and what the page says of itself.

    tree ──► blocks ──► which are the article's ──► rendered ──► entry
      └────► metadata ────┘

Pure.  Serves DESIGN 6 (Full text), THREATS H-122.
"""

from collections.abc import Sequence, Set

from cuttings.errors import ParseError
from cuttings.model.article import Channel, Digest, Entry, Image, Parsed, Trace
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, feed_pairs, tree_of
from cuttings.parse.metadata import Metadata, metadata
from cuttings.parse.page.article import Article, article_of
from cuttings.parse.page.trees import Trees
from cuttings.text import urls
from cuttings.text.digest import sha256


def read(document: Document, known: Set[Digest], trees: Trees | None = None) -> Parsed:
    """Return the article of a page as one entry: of status "full", or "partial" where the page gives less of it.

    `trees` is the model that finds the text, by default the one that comes
    with the package.  Raises ParseError where the page is no article's.
    """
    root, warnings = tree_of(document)
    base = base_of(root, document.url)
    said = metadata(root, base)
    trace = _trace(document, said)
    channel = Channel(title=said.site, language=said.language, links=feed_pairs(root, base))
    if trace.digest in known:
        return Parsed(channel=channel, entries=(), present=(trace,), warnings=warnings)
    article = article_of(root, document.url, base, said, trees)
    if article.refused is not None:
        raise ParseError(document.url, article.refused)
    entry = _entry(trace, base, said, article)
    return Parsed(channel=channel, entries=(entry,), present=(trace,), warnings=warnings)


def _trace(document: Document, said: Metadata) -> Trace:
    link = urls.absolute("", document.url) or said.canonical
    return Trace(guid=None, link=link, title=said.title, digest=sha256(document.body)[:16])


def _entry(trace: Trace, base: str, said: Metadata, article: Article) -> Entry:
    witnesses = (*said.witnesses, *([("text", article.witness)] if article.html else []))
    return Entry(
        trace=trace,
        base=base,
        title=said.title,
        subtitle=said.subtitle,
        summary=said.description,
        summary_type="text",
        content=article.html or None,
        authors=said.authors,
        published=said.published,
        modified=said.modified,
        language=said.language,
        categories=said.categories,
        rights=said.rights,
        image=_image(said.image, article.images),
        canonical=said.canonical,
        links=article.links,
        status=article.status,
        witnesses=tuple((field, witness) for field, witness in witnesses if witness),
        notes=article.notes,
    )


def _image(told: Image | None, shown: Sequence[Image]) -> Image | None:
    """The picture that the page names as its own, else the first in its text."""
    return told or next(iter(shown), None)
