"""All of the metrics together: one registry of our own, what counts, what reads, what answers."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

from bot.metrics.counts import CountedJournal
from bot.metrics.gauges import Gauges, Reading
from bot.metrics.server import MetricsServer
from bot.version import program_version
from engine.clock import Clock
from engine.runner import JournalPort


class Metrics:
    """What is told to Prometheus.

    Attributes:
        journal: The journal given, counted.
        server: Answers; a task of its own.
    """

    def __init__(
        self,
        bind: tuple[str, int],
        journal: JournalPort,
        *,
        clock: Clock,
        read: Callable[[], Reading],
        failed: Callable[[str], None],
    ) -> None:
        # Not the library's own: whatever else is imported must not add to it.
        registry = CollectorRegistry()
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each counter
        self.journal = CountedJournal(journal, registry, clock)
        gauges = Gauges(clock)
        registry.register(gauges)
        ProcessCollector(registry=registry)
        Info("kitecopytrader", "The program.", registry=registry).info(
            {"version": program_version()}
        )

        def read_now() -> None:
            gauges.reading = read()

        self.server = MetricsServer(bind, registry, read=read_now, clock=clock, failed=failed)
