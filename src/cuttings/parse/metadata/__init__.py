"""What an article page says of itself, outside its text, and who on the page says so.

Pure.  Witnesses are asked in a fixed order, the most deliberate first: linked
data, microdata, meta tags, what readers see near the headline, the address.
What none of them says is None; nothing is guessed from the text.
Serves DESIGN 6 (Dates: what the page says, never "now"); schema.org Article,
Open Graph, Dublin Core.
"""

from dataclasses import dataclass

from cuttings.model.article import Image, Person, Witnesses
from cuttings.parse.metadata.authors import authors_of
from cuttings.parse.metadata.headline import headline_of, subtitle_of, title_of
from cuttings.parse.metadata.heard import MOST, Heard, first, heard, plain, strings, text
from cuttings.parse.metadata.moments import modified_of, published_of
from cuttings.parse.metadata.pictures import image_of
from cuttings.parse.metadata.rights import is_paywalled, rights_of
from cuttings.text import urls
from cuttings.text.language import tag
from cuttings.text.xml import Element

_DESCRIPTIONS = ("og:description", "description", "twitter:description", "dc.description", "sailthru.description")
_TAGS = ("article:tag", "news_keywords", "parsely-tags")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A page's word for itself: texts are plain, URLs absolute, dates as they stand there.

    `paywalled` is None where the page does not say.  `witnesses` are (field,
    who said so).
    """

    title: str | None
    subtitle: str | None
    description: str | None
    authors: tuple[Person, ...]
    published: str | None
    modified: str | None
    canonical: str | None
    language: str | None
    image: Image | None
    categories: tuple[str, ...]
    site: str | None
    rights: str | None = None
    paywalled: bool | None = None
    witnesses: Witnesses = ()


def metadata(root: Element, base: str) -> Metadata:
    """Return what a page's tree says; relative URLs resolve against `base`."""
    said = heard(root, base)
    title, title_by = title_of(said)
    headline = headline_of(said, title)
    said.is_headed_by(headline)
    language = _language(said)
    subtitle, subtitle_by = subtitle_of(said, headline, title)
    authors, authors_by = authors_of(said, headline)
    published, published_by = published_of(said, headline, language)
    modified, modified_by = modified_of(said, headline, language)
    image, image_by = image_of(said)
    rights, rights_by = rights_of(said)
    witnesses = (
        *(("title", title_by), ("subtitle", subtitle_by), ("authors", authors_by), ("published", published_by)),
        *(("modified", modified_by), ("image", image_by), ("rights", rights_by)),
    )
    return Metadata(
        title=title,
        subtitle=subtitle,
        description=first([*said.meta(*_DESCRIPTIONS), *strings(said.linked("description"))]),
        authors=authors,
        published=published,
        modified=modified,
        canonical=_canonical(said),
        language=language,
        image=image,
        categories=_categories(said),
        site=said.site,
        rights=rights,
        paywalled=is_paywalled(said),
        witnesses=tuple((field, who) for field, who in witnesses if who),
    )


def _language(said: Heard) -> str | None:
    linked = strings(said.linked("inLanguage"))
    named = (said.root.get("lang"), *said.meta("content-language", "og:locale"), *linked)
    return next((language for name in named if name and (language := tag(name.partition(",")[0]))), None)


def _canonical(said: Heard) -> str | None:
    """What the page names as its own address."""
    links = [e.get("href") for e in said.root.iter("link") if "canonical" in (e.get("rel") or "").lower().split()]
    resolved = (urls.absolute(said.base, candidate) for candidate in (*links, *said.meta("og:url")) if candidate)
    return next((url for url in resolved if url and not _is_home_of_another(url, said.base)), None)


def _is_home_of_another(url: str, base: str) -> bool:
    """Articles that name the home page as canonical are seen in the wild."""
    return urls.canonical(url) != urls.canonical(base) and not url.partition("://")[2].partition("/")[2]


def _categories(said: Heard) -> tuple[str, ...]:
    """The section, then the tags."""
    sections = [*said.meta("article:section"), *strings(said.linked("articleSection"))]
    words = [*said.meta(*_TAGS), *strings(said.linked("keywords"))]
    split = [word for line in words for word in line.split(",")]
    linked = [text(e) for e in said.all if e.tag == "a" and "tag" in (e.get("rel") or "").lower().split()][:MOST]
    return tuple(dict.fromkeys(one for line in (*sections, *split, *linked) if (one := plain(line).lstrip("#"))))
