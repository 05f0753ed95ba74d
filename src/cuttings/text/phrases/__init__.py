"""What sites say around their articles: appeals, newsletters, subscriptions, links to skip and to share.

Told by what a text says, in fourteen languages, and by where it stands: for the
first article of a source, where nothing is known yet of what recurs, and only
where what reads the page is not certain.  `lexicon` looks phrases up, `chrome`
judges the blocks of an article by them.
Serves DESIGN 6 (Full text).
"""

from cuttings.text.phrases.chrome import standing
from cuttings.text.phrases.lexicon import LANGUAGES, Kind, read

__all__ = ["LANGUAGES", "Kind", "kinds", "pictured", "standing", "told"]


def kinds(text: str, language: str | None) -> frozenset[Kind]:
    """Return the kinds of chrome that a text's phrases speak of; quotations are passed over."""
    return read(text, language).kinds


def pictured(text: str) -> bool:
    """Tell whether a text speaks of a picture: who took it, what it is from."""
    return "caption" in read(text, None).others


def told(text: str) -> bool:
    """Tell whether a text is told as past."""
    return "past" in read(text, None).others
