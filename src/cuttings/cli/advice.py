"""What a person may do about a source that has trouble.  Pure.

Most troubles end by themselves, and nobody is bothered with them before they
last; a source that never brought anything is told at once.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cuttings.model.capture import Trouble
from cuttings.model.source import Source, SourceState
from cuttings.text import urls

DAY = timedelta(days=1)
LONG = timedelta(days=30)  # who fails for so long will not come back by itself

_SEARCH = "`cuttings source discover {address}` looks for a feed there"
_AT_ONCE: Mapping[Trouble, str] = {
    "barred": "if it is yours, allow it in fetch.allow_networks or fetch.allow_ports; else remove it",
    "login": "it asks to log in; if you may, give `headers` or `auth`, else ask its publisher for an open address",
    "parked": "its name is for sale; give its new address, or remove it: what it had is kept",
    "ours": "a fault of ours: the log has the details, please report them",
}
_WHERE_IT_NEVER_CAME: Mapping[Trouble, str] = {
    "name": "nobody knows its name: look at how it is spelt, and whether this machine is online",
}
_AFTER_A_DAY: Mapping[Trouble, str] = {
    "name": "nobody knows its name any more; give its new address, or remove it: what it had is kept",
    "certificate": "its certificate is not valid; only its publisher can mend that",
    "redirects": "it sends us on to nowhere; look at it in a browser, and give its new address",
    "missing": f"it is not there any more; {_SEARCH}",
    "denied": "it does not let us in; ask its publisher, or give `headers` or `auth`",
    "page": f"a web page stands where its feed was; {_SEARCH}",
    "unreadable": "what comes cannot be read; only its publisher can mend that",
}


def of(source: Source, state: SourceState, now: datetime) -> str | None:
    """Return what to do about a source that fails, or has moved or may have; None: nothing, or not yet."""
    kept = kept_back(source, state)
    if kept is not None:
        return f"{kept}; {to_send(source)}"
    if not state.failures:
        return _of_move(source, state)
    failing_for = now - (state.failing_since or now)
    never = state.last_success is None and source.url is not None
    words = _AT_ONCE.get(state.trouble) if state.trouble else None
    if words is None and state.trouble and never:
        words = _WHERE_IT_NEVER_CAME.get(state.trouble)
    if words is None and state.trouble and (never or failing_for > DAY):
        words = _AFTER_A_DAY.get(state.trouble)
    if words is None and never:
        words = f"it never succeeded; {_SEARCH}"
    if words is None and failing_for > LONG:
        words = "look whether it is still there; what it had is kept"
    return words and words.format(address=urls.masked(source.address))


def kept_back(source: Source, state: SourceState) -> str | None:
    """Tell of credentials that are not sent, since a source has moved to another origin; None: all are."""
    own = source.own
    if own is None or urls.parse(state.address).origin == own.origin:
        return None
    return f"moved to {urls.masked(state.address)}, where its `headers` and `auth` are not sent"


def to_send(source: Source) -> str:
    """Return what has a source's credentials sent to where it has moved."""
    return f"if they should be, `cuttings source moves --apply {source.name}` makes that its `url`"


def _of_move(source: Source, state: SourceState) -> str | None:
    move = state.move
    if move is None or move.familiar:
        return None
    target = urls.masked(move.target)
    right = f"if that is right, `cuttings source moves --apply {source.name}` believes it"
    return f"it sends us on to {target} for good, where nothing known was; {right}"
