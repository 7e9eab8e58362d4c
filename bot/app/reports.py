"""What the adapters and the tasks report to the engine, as events."""

from collections.abc import Callable
from datetime import timedelta

from engine.clock import Clock
from engine.core.state.turn import topic_of
from engine.core.values.control import OpenChannels, Requester
from engine.core.values.events import ClockCompared, Faulted, RowHinted
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.runner import Runner


class Reports:
    """Turns what is noticed outside into events for the runner."""

    def __init__(self, runner: Runner, *, clock: Clock) -> None:
        self._runner, self._clock = runner, clock

    def paper_row(self, name: AccountName, row: OrderRow) -> None:
        """Report how an order of the paper venue stands now."""
        self._runner.offer(
            RowHinted(venue=Venue.PAPER, account=name, row=row, at=self._clock.now(), trusted=True)
        )

    def paper_waits(self, name: AccountName, text: str) -> None:
        """Report why a paper order waits."""
        now, topic = self._clock.now(), topic_of(name)
        self._runner.offer(Faulted(topic=topic, text=text, at=now, severity=Severity.WARNING))

    def malformed(self, name: AccountName) -> Callable[[str], None]:
        """Return what reports an answer or a frame of an account that cannot be read."""

        def tell(detail: str) -> None:
            text = f"{name}: Kite sent something that cannot be read ({detail}); it is left out."
            self._runner.offer(Faulted(topic="engine", text=text, at=self._clock.now()))

        return tell

    def clock_compared(self, ahead: timedelta) -> None:
        """Report how far this machine's clock is ahead of the broker's; agreement only where it was doubted."""
        if ahead or self._runner.state.doubts_clock:
            self._runner.offer(ClockCompared(ahead=ahead, at=self._clock.now()))

    def faulted(self, task: str, error: BaseException) -> None:
        """Report a task that failed and runs again."""
        text = f"The task '{task}' failed ({type(error).__name__}) and was begun again."
        self._runner.offer(Faulted(topic="engine", text=text, at=self._clock.now()))

    def unheard(self, text: str) -> None:
        """Report that commands may not arrive: another program reads the chat, or nobody can."""
        critical = Severity.CRITICAL
        now = self._clock.now()
        self._runner.offer(Faulted(topic="engine", text=text, at=now, severity=critical))

    def no_backup(self, text: str) -> None:
        """Report that the night has no backup."""
        self._runner.offer(Faulted(topic="backup", text=text, at=self._clock.now()))

    def changed_history(self, text: str) -> None:
        """Report that the store's history was changed."""
        now, critical = self._clock.now(), Severity.CRITICAL
        self._runner.offer(Faulted(topic="engine", text=text, at=now, severity=critical))

    def no_metrics(self, text: str) -> None:
        """Report that metrics cannot be read."""
        now, warning = self._clock.now(), Severity.WARNING
        self._runner.offer(Faulted(topic="metrics", text=text, at=now, severity=warning))

    def channels_open(self, names: tuple[str, ...]) -> None:
        """Report which channels of alerts are configured."""
        by = Requester(user_id=0, name="start")
        self._runner.report(OpenChannels(channels=names), by=by)

    def channel(self, line: str, topic: str) -> None:
        """Report that a channel of alerts fails, or works again."""
        now, warning = self._clock.now(), Severity.WARNING
        self._runner.offer(Faulted(topic=topic, text=line, at=now, severity=warning))
