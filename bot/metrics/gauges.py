"""What stands now, read off the state at the moment somebody asks; nothing is kept up between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from engine.clock import Clock
from engine.core.chat.reading import status_view
from engine.core.state.state import State
from engine.core.values.intents import IntentState
from engine.core.values.market import Venue
from engine.core.values.views import SessionState, StatusView

_PREFIX = "kitecopytrader_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits to be delivered by one way: how many, and since when the oldest; None: nothing waits."""

    waiting: int
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that is measured besides counts.

    Attributes:
        chat_silent_s: Seconds since Telegram was last read without an error.
        backlogs: What waits for the chat and for each channel of alerts, by name.
    """

    state: State
    chat_silent_s: float
    backlogs: dict[str, Backlog] = field(default_factory=dict)


class Gauges(Collector):
    """Gives the metrics of one reading; call it where the state is changed, on the engine's loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reading: Reading | None = None

    @override
    def collect(self) -> Iterable[Metric]:
        """Return every gauge, none before the first reading."""
        if self.reading is None:
            return ()
        now = self._clock.now()
        view = status_view(self.reading.state, now=now)
        return (
            *_of_program(view, now),
            *_of_accounts(view),
            *_of_orders(self.reading.state, now),
            *_of_messages(self.reading, now),
        )


def _of_program(view: StatusView, now: datetime) -> Iterator[Metric]:
    yield _one("live", "1 in LIVE, 0 in PAPER.", view.venue is Venue.LIVE)
    yield _one("copying", "Whether copying is started.", view.copying)
    armed = view.armed_until is not None and view.armed_until > now
    yield _one("armed", "Whether entries are armed in LIVE.", armed)
    yield _one("kill_switch", "Whether the kill switch is set.", view.killed)
    yield _one("entries_frozen", "Whether entries wait for copytrader adopt.", view.frozen)
    yield _one("stream_up", "Whether the master's socket is up.", view.stream_up)
    yield _one(
        "problems", "Lines of /status that begin with an exclamation mark.", len(view.problems)
    )
    yield _one("open_questions", "Questions that wait for a press in the chat.", view.open_offers)
    if view.book_age_s is not None:
        yield _one("book_age_seconds", "Age of the master's newest order book.", view.book_age_s)
    if view.last_copy_at is not None:
        at = view.last_copy_at.timestamp()
        yield _one("last_copy_timestamp_seconds", "When the newest copy was sent.", at)


def _of_accounts(view: StatusView) -> Iterator[Metric]:
    def each(name: str, text: str, values: Iterable[tuple[str, float | None]]) -> Metric:
        family = GaugeMetricFamily(f"{_PREFIX}{name}", text, labels=("account",))
        for account, value in values:
            if value is not None:
                family.add_metric((account,), value)
        return family

    accounts = view.accounts
    yield each(
        "session_ok",
        "Whether the account is logged in.",
        ((one.name, one.session is SessionState.OK) for one in accounts),
    )
    yield each("paused", "Whether the follower is paused.", ((a.name, a.paused) for a in accounts))
    yield each(
        "unresolved_orders",
        "Orders of which it is not known whether they exist.",
        ((one.name, one.unresolved) for one in accounts),
    )
    yield each(
        "stuck_exits",
        "Exits that do not fill or wait for TPIN.",
        ((one.name, one.stuck_exits + one.held_up) for one in accounts),
    )
    yield each(
        "copy_lag_p95_seconds",
        "95th percentile today, from the master's order to the copy on its way.",
        ((a.name, None if a.lag_p95_ms is None else a.lag_p95_ms / 1000) for a in accounts),
    )


def _of_orders(state: State, now: datetime) -> Iterator[Metric]:
    """Yield how many orders wait to be sent or answered, and for how long the oldest has."""
    children = list(state.open_children.values())
    planned = [each.planned_at for each in children if each.state is IntentState.PLANNED]
    sending = [
        each.sent_at or each.planned_at for each in children if each.state is IntentState.SENDING
    ]
    for name, text, since in (
        ("waiting", "Orders that wait for the broker's rate limit", planned),
        ("sending", "Orders whose answer has not come", sending),
    ):
        yield _one(f"orders_{name}", f"{text}.", len(since))
        age = (now - min(since)).total_seconds() if since else 0.0
        yield _one(f"orders_{name}_oldest_seconds", f"{text}: age of the oldest.", age)


def _of_messages(reading: Reading, now: datetime) -> Iterator[Metric]:
    yield _one("chat_silent_seconds", "Since Telegram was last reached.", reading.chat_silent_s)
    waiting = GaugeMetricFamily(
        f"{_PREFIX}messages_waiting", "What waits to be delivered, by way.", labels=("way",)
    )
    oldest = GaugeMetricFamily(
        f"{_PREFIX}messages_oldest_seconds", "Age of the oldest of them, by way.", labels=("way",)
    )
    for way, backlog in reading.backlogs.items():
        waiting.add_metric((way,), backlog.waiting)
        since = backlog.oldest_at
        oldest.add_metric((way,), 0.0 if since is None else (now - since).total_seconds())
    yield waiting
    yield oldest


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{_PREFIX}{name}", text, value=float(value))
