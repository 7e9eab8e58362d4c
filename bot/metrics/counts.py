"""Counts what the journal was given, once it is durable; the engine does not know that it is counted."""

import asyncio
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram

from engine.clock import Clock
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.events import Event
from engine.core.values.market import Tag
from engine.runner import JournalPort

#: Seconds: a commit on an ordinary disk takes some milliseconds, and 2 s are the patience with a locked store.
_COMMIT_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
# So many newest orders are known by their tag; the end of an older one is counted without its follower.
_TAGS_KEPT = 10_000


class CountedJournal:
    """A journal that counts orders and skips, and how long each commit took."""

    def __init__(self, journal: JournalPort, registry: CollectorRegistry, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._whose: dict[Tag, tuple[str, str]] = {}
        self._orders = Counter(
            "kitecopytrader_orders",
            "Orders of ours, by the state each came to; planned counts every one.",
            ("venue", "follower", "state"),
            registry=registry,
        )
        self._skips = Counter(
            "kitecopytrader_skips",
            "Orders of the master that a follower got no order for, by reason.",
            ("venue", "follower", "reason"),
            registry=registry,
        )
        self._commits = Histogram(
            "kitecopytrader_commit_seconds",
            "How long the journal took to make a batch durable.",
            buckets=_COMMIT_BUCKETS,
            registry=registry,
        )

    def load(self) -> State:
        """Rebuild the state from the records; nothing of it is counted again."""
        return self._journal.load()

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        """Make a batch durable, to be counted behind what it sends; raises as the journal does, then uncounted."""
        began = self._clock.monotonic()
        self._journal.commit(batch)
        self._commits.observe(self._clock.monotonic() - began)
        asyncio.get_running_loop().call_soon(self._count_all, batch)

    def _count_all(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        for _, records in batch:
            for record in r.each_of(records):
                self._count(record)

    def _count(self, record: r.Record) -> None:
        if isinstance(record, r.ChildPlanned):
            whose = (record.command.venue.value, record.command.follower)
            self._whose[record.command.tag] = whose
            if len(self._whose) > _TAGS_KEPT:
                del self._whose[next(iter(self._whose))]
            self._orders.labels(*whose, "planned").inc()
        elif isinstance(record, r.IntentMoved):
            venue, follower = self._whose.get(record.tag, ("", ""))
            self._orders.labels(venue, follower, record.state.value.lower()).inc()
        elif isinstance(record, r.Skipped):
            key = record.key
            self._skips.labels(key.venue.value, key.follower, record.reason.name.lower()).inc()
