"""Keeps `ports.Subscriptions` in the archive's file."""

import asyncio
from collections.abc import Sequence

import apsw

from cuttings.archive.codec import from_text, microseconds, text, time_of
from cuttings.archive.sqlite.connections import Connections
from cuttings.archive.sqlite.record_rows import bindable
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import SourceKey
from cuttings.model.push import Delivery, Subscription
from cuttings.text import packing

_KEEP = "INSERT INTO subscriptions VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = ?2"
_DELIVER = "INSERT INTO deliveries (source, topic, at, size, body) VALUES (?, ?, ?, ?, ?) RETURNING number"


class SqliteSubscriptions:
    """The archive's part that knows where we are subscribed, and what was pushed to us."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def all(self) -> Sequence[Subscription]:
        """See `ports.Subscriptions`."""
        sql = "SELECT token, state FROM subscriptions ORDER BY token"
        return await self._connections.read(lambda connection: [_subscription(*row) for row in connection.execute(sql)])

    async def keep(self, subscriptions: Sequence[Subscription]) -> None:
        """See `ports.Subscriptions`."""
        rows = [(one.token, text(one)) for one in subscriptions]
        await self._connections.write(lambda connection: connection.executemany(_KEEP, rows))

    async def forget(self, tokens: Sequence[str]) -> None:
        """See `ports.Subscriptions`."""
        rows = [(token,) for token in tokens]
        sql = "DELETE FROM subscriptions WHERE token = ?"
        await self._connections.write(lambda connection: connection.executemany(sql, rows))

    async def deliver(self, delivery: Delivery, subscription: Subscription) -> int:
        """See `ports.Subscriptions`."""
        packed = await asyncio.to_thread(packing.pack, delivery.body)
        at, size = microseconds(delivery.at), len(delivery.body)
        row = (bindable(delivery.source), bindable(delivery.topic), at, size, packed)
        kept = (subscription.token, text(subscription))

        def deliver(connection: apsw.Connection) -> int:
            connection.execute(_KEEP, kept)
            number: int = connection.execute(_DELIVER, row).get
            return number

        return await self._connections.write(deliver, what="delivery")

    async def delivered(self) -> Sequence[tuple[int, SourceKey, int]]:
        """See `ports.Subscriptions`."""
        sql = "SELECT number, source, size FROM deliveries ORDER BY number"
        return await self._connections.read(
            lambda connection: [(number, SourceKey(source), size) for number, source, size in connection.execute(sql)]
        )

    async def delivery(self, number: int) -> Delivery | None:
        """See `ports.Subscriptions`."""
        return await self._connections.read(lambda connection: _delivery(connection, number))

    async def taken(self, numbers: Sequence[int]) -> None:
        """See `ports.Subscriptions`.  If it is lost, they are taken in once more, which changes nothing."""
        rows = [(number,) for number in numbers]
        sql = "DELETE FROM deliveries WHERE number = ?"
        await self._connections.write(lambda connection: connection.executemany(sql, rows), durable=False)


def _subscription(token: str, state: str) -> Subscription:
    try:
        return from_text(Subscription, state)
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"the subscription {token[:4]}… cannot be read: {error}") from error


def _delivery(connection: apsw.Connection, number: int) -> Delivery | None:
    sql = "SELECT source, topic, at, size, body FROM deliveries WHERE number = ?"
    row = next(connection.execute(sql, (number,)), None)
    if row is None:
        return None
    source, topic, at, size, packed = row
    try:
        body = packing.unpack(packed, size)
    except packing.PackingError as error:
        raise ArchiveDamaged(f"what was pushed for {source} cannot be read: {error}") from error
    return Delivery(source=source, topic=topic, at=time_of(at), body=body)
