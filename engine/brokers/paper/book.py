"""The order book of one paper account: its rows, which of them work, and who is told of a change."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from engine.brokers.paper.matching import Execution
from engine.brokers.paper.orders import filled_by
from engine.brokers.paper.purse import Purse
from engine.clock import Clock
from engine.core.values.market import AccountName, OrderId, OrderStatus
from engine.core.values.orders import OrderRow, PositionRow


class PaperBook:
    """Rows of one account, and what their fills have made of its positions.

    Attributes:
        purse: The positions.
    """

    def __init__(
        self,
        follower: AccountName,
        *,
        clock: Clock,
        on_row: Callable[[AccountName, OrderRow], None],
    ) -> None:
        self.purse = Purse()
        self._follower = follower
        self._clock = clock
        self._on_row = on_row
        self._rows: dict[OrderId, OrderRow] = {}
        self._working: dict[OrderId, None] = {}

    def restore(self, rows: Iterable[OrderRow], held: Iterable[PositionRow]) -> None:
        """Take back orders that worked and positions; nobody is told, the fills are in them."""
        for row in rows:
            self._keep(row)
        for each in held:
            self.purse.rows[each.exchange, each.symbol, each.product] = each

    def working(self, *, but: OrderId | None = None) -> list[OrderRow]:
        """Return the orders that work, oldest first, without one of them."""
        return [self._rows[each] for each in self._working if each != but]

    def newest(self, row: OrderRow) -> OrderRow:
        """Return an order as it is now."""
        return self._rows[row.order_id]

    def resting(self, order_id: OrderId) -> OrderRow | None:
        """Return an order that works, or None where there is none such or it has ended."""
        return self._rows[order_id] if order_id in self._working else None

    def change(self, row: OrderRow) -> None:
        """Keep an order as it is from now on, and tell."""
        changed = replace(row, status_text=row.status.value, updated_at=self._clock.now())
        self._keep(changed)
        self._on_row(self._follower, changed)

    def end(self, row: OrderRow, why: str | None = None) -> None:
        """Cancel what is left of an order; where its owner did not ask for it, ``why``."""
        why = why or row.status_message
        self.change(replace(row, status=OrderStatus.CANCELLED, status_message=why))

    def fill(self, row: OrderRow, execution: Execution) -> None:
        """Book an execution."""
        self.purse.fill(row, execution.quantity, execution.price)
        self.change(filled_by(row, execution))

    def _keep(self, row: OrderRow) -> None:
        self._rows[row.order_id] = row
        if row.status.is_terminal:
            self._working.pop(row.order_id, None)
        else:
            self._working[row.order_id] = None
