"""The followers' brokers: what they answer, fill, change and show, as a test tells them to."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from engine.core.state.state import State
from engine.core.state.turn import Decision, child_tag
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Outcome,
    Place,
    RefusalKind,
    Refused,
    Unknown,
)
from engine.core.values.events import Answered, BookRead, Event, PositionsRead, RowHinted
from engine.core.values.market import AccountName, OrderId, OrderStatus, OrderType, Venue
from engine.core.values.orders import HoldingRow, OrderRow, PositionRow
from tests.core.core_orders import FATHER


class FollowersBrokers:
    """Takes the writes that left, and keeps a book for each follower."""

    now: datetime
    state: State
    commands: list[Command]
    pending: deque[Command]
    rows: dict[AccountName, dict[OrderId, OrderRow]]
    order_ids: dict[str, OrderId]
    _orders: int

    def offer(self, event: Event) -> Decision:
        raise NotImplementedError

    def take(self) -> Command:
        """Return the oldest write that left and was not taken yet."""
        return self.pending.popleft()

    def place(self) -> Place:
        command = self.take()
        assert isinstance(command, Place), command
        return command

    def cancel(self) -> Cancel:
        command = self.take()
        assert isinstance(command, Cancel), command
        return command

    def modify(self) -> Modify:
        command = self.take()
        assert isinstance(command, Modify), command
        return command

    def modified(self, command: Modify | None = None) -> Modify:
        """Accept a modification and carry it out."""
        command = command or self.modify()
        self.answer(command, Acked(order_id=command.order_id))
        placed = self.state.children[child_tag(command.intent_id)].command
        self.change(
            placed, order_type=command.order_type, quantity=command.quantity,
            price=command.price, trigger_price=command.trigger_price,
        )  # fmt: skip
        return command

    def answer(self, command: Command, outcome: Outcome) -> None:
        self.offer(
            Answered(
                tag=child_tag(command.intent_id), intent_id=command.intent_id,
                cancel=isinstance(command, Cancel), modify=isinstance(command, Modify),
                outcome=outcome, at=self.now,
            )
        )  # fmt: skip

    def book_row(self, command: Place) -> OrderRow:
        """Put a placement into its follower's book, OPEN or waiting for its trigger; nobody is told."""
        self._orders += 1
        waits = command.trigger_price is not None
        status = OrderStatus.TRIGGER_PENDING if waits else OrderStatus.OPEN
        row = OrderRow(
            order_id=OrderId(f"B{self._orders}"), status=status, status_text=status.value,
            exchange=command.exchange, symbol=command.symbol, side=command.side,
            order_type=command.order_type, product=command.product, quantity=command.quantity,
            price=command.price, trigger_price=command.trigger_price, tag=command.tag,
            placed_at=self.now, updated_at=self.now,
        )  # fmt: skip
        self.rows[command.follower][row.order_id] = row
        self.order_ids[command.tag] = row.order_id
        return row

    def ack(self, command: Place | None = None) -> Place:
        """Take a placement: in the book as OPEN, and answered."""
        command = command or self.place()
        self.answer(command, Acked(order_id=self.book_row(command).order_id))
        return command

    def fill(self, command: Place, units: int | None = None, price: object = 100) -> None:
        """Fill more units of a taken order and tell so."""
        row = self.row(command)
        filled = row.quantity if units is None else row.filled_quantity + units
        status = OrderStatus.COMPLETE if filled == row.quantity else OrderStatus.OPEN
        self.change(
            command, status=status, filled_quantity=filled, average_price=Decimal(str(price))
        )

    def ack_and_fill(self, command: Place | None = None) -> Place:
        command = self.ack(command)
        self.fill(command)
        return command

    def change(self, command: Place, *, told: bool = True, **changed: Any) -> OrderRow:
        """Change a follower's row, and by default tell it as his socket would."""
        if "status" in changed:
            changed["status"] = OrderStatus(changed["status"])
        row = replace(self.row(command), updated_at=self.now, **changed)
        row = replace(row, status_text=row.status.value)
        self.rows[command.follower][row.order_id] = row
        if told:
            self.offer(
                RowHinted(
                    venue=command.venue, account=command.follower, row=row, at=self.now,
                    trusted=True,
                )
            )  # fmt: skip
        return row

    def row(self, command: Place) -> OrderRow:
        return self.rows[command.follower][self.order_ids[command.tag]]

    def cancelled(self, command: Cancel | None = None) -> Place:
        """Accept a cancel and carry it out; return the placement it was of."""
        command = command or self.cancel()
        self.answer(command, Acked(order_id=command.order_id))
        child = self.state.children[child_tag(command.intent_id)]
        self.change(child.command, status=OrderStatus.CANCELLED)
        return child.command

    def lose(self, command: Command, detail: str = "no answer in time") -> None:
        self.answer(command, Unknown(detail=detail))

    def refuse(
        self,
        command: Command,
        kind: RefusalKind | str = RefusalKind.MARGIN,
        message: str = "no funds",
        *,
        http_status: int | None = 400,
    ) -> None:
        kind = RefusalKind(kind)
        self.answer(command, Refused(kind=kind, message=message, http_status=http_status))

    def read(self, name: AccountName = FATHER, *, rows: Iterable[OrderRow] | None = None) -> None:
        """Read a follower's book whole; `rows` stands in for what it truly holds."""
        on_paper = {c.tag for c in self.commands if isinstance(c, Place) and c.venue is Venue.PAPER}
        held = (row for row in self.rows[name].values() if row.tag not in on_paper)
        shown = tuple(held) if rows is None else tuple(rows)
        self.offer(
            BookRead(
                venue=Venue.LIVE, account=name, rows=shown, total=len(shown),
                asked_at=self.now, at=self.now,
            )
        )  # fmt: skip

    def positions(
        self, *rows: PositionRow, name: AccountName = FATHER,
        holdings: tuple[HoldingRow, ...] | None = None,
    ) -> None:  # fmt: skip
        """Read a follower's positions; and his holdings, where they are given."""
        self.offer(
            PositionsRead(
                venue=Venue.LIVE, account=name, rows=rows, holdings=holdings,
                asked_at=self.now, at=self.now,
            )
        )  # fmt: skip

    def _oblige(self) -> None:
        """Take every write at once: MARKET fills, LIMIT rests, cancels are carried out."""
        while self.pending:
            command = self.pending.popleft()
            if isinstance(command, Place):
                self.ack(command)
                if command.order_type is OrderType.MARKET:
                    self.fill(command)
            elif isinstance(command, Modify):
                self.modified(command)
            elif isinstance(command, Cancel):
                placed = self.state.children[child_tag(command.intent_id)].command
                if self.row(placed).status.is_terminal:
                    self.refuse(command, RefusalKind.BUSY, "being processed")
                else:
                    self.cancelled(command)
