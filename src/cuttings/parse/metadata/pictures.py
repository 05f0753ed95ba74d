"""The picture that goes before an article, with its caption and credit.

Pure.  The head names it, the page's figure or the linked data tells what it shows.
"""

import re
from itertools import islice
from typing import Any

from cuttings.model.article import Image
from cuttings.parse.metadata.heard import Heard, Said, first, listed, strings, text
from cuttings.text import urls
from cuttings.text.xml import Element

_METAS = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src", "thumbnail")
_SIZE = re.compile(r"(?:-\d+x\d+|-scaled|@\dx)?(?:\.\w{2,5})?$")
_MOST_FIGURES = 30
_LONGEST_CAPTION = 1_000


def image_of(heard: Heard) -> tuple[Image | None, str]:
    """Return the lead image and who named it."""
    for who, candidate in _said(heard):
        if url := urls.absolute(heard.base, candidate):
            figure = _figure_of(heard, url)
            alt = first([*heard.meta("og:image:alt", "twitter:image:alt"), _alt(figure)])
            return Image(url=url, alt=alt, caption=_caption(figure) or _linked_caption(heard)), who
    return None, ""


def _said(heard: Heard) -> list[Said]:
    linked = [("JSON-LD image", url) for one in listed(heard.linked("image")) for url in _addresses(one, heard)]
    links = [("link image_src", e.get("href") or "") for e in heard.root.iter("link") if e.get("rel") == "image_src"]
    return [*heard.metas_said(*_METAS), *linked, *links]


def _addresses(picture: Any, heard: Heard) -> list[str]:
    if isinstance(picture, dict):
        picture = heard.things.get(str(picture.get("@id")), picture)
        return [*strings(picture.get("url")), *strings(picture.get("contentUrl"))]
    return strings(picture)


def _figure_of(heard: Heard, url: str) -> Element | None:
    """The page's figure of the same picture, whatever its size."""
    wanted = _file_of(url)
    for figure in islice((e for e in heard.all if e.tag == "figure"), _MOST_FIGURES):
        for picture in figure.iter("img", "source", "amp-img", "a"):
            addresses = (picture.get(name) or "" for name in ("src", "data-src", "srcset", "data-srcset", "href"))
            if wanted and any(wanted in address for address in addresses):
                return figure
    return None


def _file_of(url: str) -> str:
    """The name that the sizes of one picture share; "" where it is too short to tell."""
    name = _SIZE.sub("", url.partition("?")[0].rpartition("/")[2])
    return name if len(name) >= 6 else ""


def _caption(figure: Element | None) -> str | None:
    caption = None if figure is None else next(figure.iter("figcaption"), None)
    return (text(caption)[:_LONGEST_CAPTION] or None) if caption is not None else None


def _alt(figure: Element | None) -> str | None:
    picture = None if figure is None else next(figure.iter("img"), None)
    return picture.get("alt") if picture is not None else None


def _linked_caption(heard: Heard) -> str | None:
    """What linked data tells of the picture, its credit after it."""
    picture = next((one for one in listed(heard.linked("image")) if isinstance(one, dict)), {})
    caption = first([*strings(picture.get("caption")), *strings(picture.get("description"))])
    credit = first(strings(picture.get("creditText")))
    return f"{caption} ({credit})" if caption and credit and credit not in caption else caption
