"""Keeps `ports.Subscriptions` in memory."""

from collections.abc import Sequence

from cuttings.model.article import SourceKey
from cuttings.model.push import Delivery, Subscription


class MemorySubscriptions:
    """The archive's part that knows where we are subscribed, and what was pushed to us."""

    def __init__(self) -> None:
        self._kept: dict[str, Subscription] = {}
        self._delivered: dict[int, Delivery] = {}
        self._last = 0

    async def all(self) -> Sequence[Subscription]:
        """See `ports.Subscriptions`."""
        return [one for _, one in sorted(self._kept.items())]

    async def keep(self, subscriptions: Sequence[Subscription]) -> None:
        """See `ports.Subscriptions`."""
        self._kept.update({one.token: one for one in subscriptions})

    async def forget(self, tokens: Sequence[str]) -> None:
        """See `ports.Subscriptions`."""
        for token in tokens:
            self._kept.pop(token, None)

    async def deliver(self, delivery: Delivery, subscription: Subscription) -> int:
        """See `ports.Subscriptions`."""
        self._last += 1
        self._delivered[self._last] = delivery
        await self.keep([subscription])
        return self._last

    async def delivered(self) -> Sequence[tuple[int, SourceKey, int]]:
        """See `ports.Subscriptions`."""
        return [(number, one.source, len(one.body)) for number, one in self._delivered.items()]

    async def delivery(self, number: int) -> Delivery | None:
        """See `ports.Subscriptions`."""
        return self._delivered.get(number)

    async def taken(self, numbers: Sequence[int]) -> None:
        """See `ports.Subscriptions`."""
        for number in numbers:
            self._delivered.pop(number, None)
