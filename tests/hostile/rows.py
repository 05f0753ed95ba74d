"""The table of hostile inputs, row by row: `@row("H-1")` says which one a function shows.

A row whose part of the program is not built is in LEFT_OUT, with the reason.
"""

from collections.abc import Awaitable, Callable

from tests.hostile.world import World

Case = Callable[[World], Awaitable[None]]

CASES: dict[str, Case] = {}
NUMBERS = range(1, 126)

LEFT_OUT = {
    "H-33": "nobody has a proxy or credentials of their own: there is one way out, and state is kept for it alone",
    "H-82": "what a podcast says of locking is not read yet",
    "H-93": "there is no import of archives",
    "H-94": "there is no import of backups",
    "H-96": "WACZ is not read",
    "H-98": "no selectors are taken from people",
    "H-101": "sources have no headers of their own",
    "H-102": "there are no proxies",
    "H-112": "there is no login",
    "H-113": "there is no login",
    "H-114": "there are no passwords",
    "H-117": "WebSub is not spoken",
    "H-118": "WebSub is not spoken",
    "H-119": "WebSub is not spoken",
    "H-120": "there is no hub",
}


def row(*names: str) -> Callable[[Case], Case]:
    """Enter a function into the table under these names."""

    def entered(case: Case) -> Case:
        for name in names:
            assert name not in CASES
            CASES[name] = case
        return case

    return entered
