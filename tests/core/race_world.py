"""A broker whose news may come in any order: what happened there, and what was heard of it, are apart."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.state.turn import child_tag
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Outcome,
    Place,
    Priority,
    RefusalKind,
    Refused,
    Unknown,
)
from engine.core.values.events import RowHinted
from engine.core.values.market import OrderStatus, OrderType, Product, Side
from engine.core.values.orders import OrderRow, PositionRow
from tests.core.core_world import FATHER, World, a_follower

#: What everybody pays; an order beyond it fills as it arrives.
LAST = Decimal(100)
#: Steps of a schedule; then everything that is still on its way arrives.
STEPS = 24
#: Seconds of peace at the end, after which nothing may be on its way.
PEACE_S = 16

Step = Callable[["RaceWorld"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What several people and machines do at once.

    Attributes:
        threads: Steps by who does them: each in its order, all of them interleaved in any way.
        held: Units that the follower holds when all is over.
        answers_lost: The first placement's answer never comes.
        orphan: The follower's setting; with ``ask`` nothing but the exit itself closes his copies.
    """

    row: int
    words: str
    threads: Mapping[str, Sequence[Step]]
    held: int
    answers_lost: bool = False
    orphan: str = "close"


class RaceWorld(World):
    """A world whose follower's broker does, answers and shows things one by one.

    Attributes:
        net: Units that our orders have filled at the broker, signed.
        inbox: Commands that have left and have not arrived.
        answers: Answers that have left the broker and were not heard.
        news: Rows as his socket sends them, each heard at some time or never.
        broken: Promises that were broken on the way.
    """

    def __init__(self, race: Race) -> None:
        super().__init__(a_follower(orphan=race.orphan))
        self.race = race
        self.net = 0
        self.inbox: list[Command] = []
        self.answers: list[tuple[Command, Outcome]] = []
        self.news: list[OrderRow] = []
        self.broken: list[str] = []
        self.posted: list[str] = []
        self.killed_at: int | None = None
        self._deaf: set[str] = set()

    # -- what the program sends ---------------------------------------------------------------

    def collect(self) -> None:
        """Take what has left since, and look at it as it leaves."""
        while self.pending:
            command = self.pending.popleft()
            self.inbox.append(command)
            if isinstance(command, Place):
                if command.tag in self.posted:
                    self.broken.append(f"{command.tag} was posted twice")
                self.posted.append(command.tag)
                if command.priority is Priority.ENTRY and self.state.killed:
                    self.broken.append(f"entry {command.tag} leaves after the kill switch")

    def ended_process(self) -> None:
        """The process begins anew: what had left arrives, and no answer to it is heard."""
        self.collect()
        self._deaf |= {command.intent_id for command in self.inbox}
        self.answers.clear()
        self.restart()

    # -- the broker ---------------------------------------------------------------------------

    def arrive(self) -> None:
        """Let the oldest command arrive, and be done or refused."""
        command = self.inbox.pop(0)
        outcome: Outcome
        if isinstance(command, Place):
            outcome = Acked(order_id=self.book_row(command).order_id)
            self._happened(command)
        else:
            placed = self.state.children[child_tag(command.intent_id)].command
            outcome = self._changed(command, placed)
        if self.race.answers_lost and command.intent_id == self.posted[0]:
            outcome = Unknown(detail="no answer in time")
        if command.intent_id not in self._deaf:
            self.answers.append((command, outcome))

    def _changed(self, command: Cancel | Modify, placed: Place) -> Outcome:
        if self.row(placed).status.is_terminal:
            return Refused(kind=RefusalKind.BUSY, message="being processed", http_status=400)
        if isinstance(command, Cancel):
            self.news.append(self.change(placed, told=False, status=OrderStatus.CANCELLED))
        else:
            self.change(
                placed, told=False, order_type=command.order_type, quantity=command.quantity,
                price=command.price, trigger_price=command.trigger_price,
            )  # fmt: skip
            self._happened(placed)
        return Acked(order_id=command.order_id)

    def _happened(self, placed: Place) -> None:
        """Fill what the market takes at once."""
        row = self.row(placed)
        better = row.price is not None and (row.price - LAST) * row.side.sign > 0
        if row.order_type is OrderType.MARKET or better:
            self.filled(placed, row.remaining_quantity)
        else:
            self.news.append(row)

    def filled(self, placed: Place, units: int) -> None:
        """Fill so many units at the broker; nobody has heard of it."""
        row = self.row(placed)
        if row.status.is_terminal or units <= 0:
            return
        done = row.filled_quantity + min(units, row.remaining_quantity)
        self.net += row.side.sign * (done - row.filled_quantity)
        status = OrderStatus.COMPLETE if done == row.quantity else OrderStatus.OPEN
        self.news.append(
            self.change(placed, told=False, status=status, filled_quantity=done, average_price=LAST)
        )
        if self.net < 0:
            self.broken.append(f"the follower is {self.net} after {row.side} {row.quantity}")

    def fill_first_entry(self, units: int) -> None:
        """Fill units of the oldest entry, where it has arrived."""
        for placed in self.places():
            if placed.side is Side.BUY and placed.tag in self.order_ids:
                self.filled(placed, units)
                return

    # -- what is heard ------------------------------------------------------------------------

    def hear_answer(self, which: int) -> None:
        """Hear one of the answers that are on their way."""
        command, outcome = self.answers.pop(which % len(self.answers))
        self.answer(command, outcome)

    def hear_news(self, which: int) -> None:
        """Hear one row of the socket, however old it is by now."""
        row = self.news.pop(which % len(self.news))
        self.offer(
            RowHinted(venue=self.state.venue, account=FATHER, row=row, at=self.now, trusted=True)
        )

    def hear_positions(self) -> None:
        """Read his positions as they are."""
        self.positions(
            PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=self.net)
        )

    # -- a schedule ---------------------------------------------------------------------------

    def run(self, rng: random.Random | None) -> tuple[str, ...]:
        """Let everything happen: in an order drawn by chance, or each thing at once where None.

        Returns:
            What happened, step by step.
        """
        trace: list[str] = []
        left = {name: list(steps) for name, steps in self.race.threads.items()}
        if rng is None:
            for name, steps in left.items():
                for step in steps:
                    step(self)
                    self.settle(2)
                    trace.append(name)
            left = {}
        for _ in range(STEPS if rng else 0):
            done = self._one_step(rng, left)
            self.collect()
            trace.append(done)
        for steps in left.values():
            for step in steps:
                step(self)
                self.collect()
        self.settle(PEACE_S)
        return tuple(trace)

    def _one_step(self, rng: random.Random, left: dict[str, list[Step]]) -> str:
        may = [name for name, steps in left.items() if steps] * 2 + ["book", "time", "positions"]
        may += ["arrive"] * 3 * bool(self.inbox)
        may += ["answer"] * 2 * bool(self.answers) + ["news"] * 2 * bool(self.news)
        done = rng.choice(may)
        which = rng.randrange(3)
        match done:
            case "arrive":
                self.arrive()
            case "answer":
                self.hear_answer(which)
                done += str(which)
            case "news":
                self.hear_news(which)
                done += str(which)
            case "book":
                self.read()
            case "positions":
                self.hear_positions()
            case "time":
                self.wait(0.5)
            case name:
                left[name].pop(0)(self)
        return done

    def settle(self, seconds: int) -> None:
        """Let everything arrive and be heard, and time pass."""
        for _ in range(seconds):
            self.collect()
            while self.inbox or self.answers:
                while self.inbox:
                    self.arrive()
                while self.answers:
                    self.hear_answer(0)
                self.collect()
            self.read()
            self.hear_positions()
            self.master()
            self.wait(1, step=1)
        self.collect()
