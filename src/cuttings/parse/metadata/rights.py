"""Under what licence an article stands, and whether it is kept behind a paywall, as its page states.

Pure.  Standards: HTML rel=license, Dublin Core rights, schema.org license and isAccessibleForFree.
"""

from typing import Any

from cuttings.parse.metadata.heard import Heard, Said, first_said, listed, strings
from cuttings.text import urls

_METAS = ("dcterms.license", "dc.rights", "dcterms.rights", "dc.rights.license", "license", "copyright", "rights")


def rights_of(heard: Heard) -> tuple[str | None, str]:
    """Return the licence's address, or what is said of the rights, and who said it."""
    linked = [url for one in listed(heard.linked("license")) for url in _addresses(one)]
    return first_said([*(("JSON-LD license", url) for url in linked), *_links(heard), *heard.metas_said(*_METAS)])


def is_paywalled(heard: Heard) -> bool | None:
    """Tell whether the page says that not all may read it; None where it does not say."""
    said = [str(value).strip().lower() for value in listed(heard.linked("isAccessibleForFree"))]
    said += [content.strip().lower() for content in heard.meta("isaccessibleforfree")]
    tiers = [content.strip().lower() for content in heard.meta("article:content_tier")]
    if said or tiers:
        return any(value in ("false", "no", "0") or value.endswith("/false") for value in said) or "locked" in tiers
    return None


def _links(heard: Heard) -> list[Said]:
    marked = (e for e in heard.root.iter("a", "link") if "license" in (e.get("rel") or "").lower().split())
    return [("rel license", url) for e in marked if (url := urls.absolute(heard.base, e.get("href") or ""))]


def _addresses(licence: Any) -> list[str]:
    if isinstance(licence, dict):
        return [*strings(licence.get("url")), *strings(licence.get("@id")), *strings(licence.get("name"))]
    return strings(licence)
