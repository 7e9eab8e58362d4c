"""Watches one account's changes and cancels on their way, below every mutant."""

from collections.abc import Callable

from demo.exchange.exchange import Exchange
from engine.core.values.commands import Cancel, Command, Modify, Outcome, Place, Unknown
from engine.core.values.market import OrderId
from engine.ports import OrderGateway
from tests.sim.virtual_loop import VirtualClock

#: Two reads that show the old terms lie at least this far apart.
PROOF_S = 2.0
#: A cancel overtakes a change that has been without an answer for so long.
ANSWERS_S = 1.0


class Trail:
    """What is known of every change that left, over all lives: (when, command, answer)."""

    def __init__(self) -> None:
        self.changes: dict[OrderId, tuple[float, Modify, Outcome | None]] = {}


class Watch(OrderGateway):
    """A gateway that passes everything on and looks at the order of things."""

    def __init__(
        self,
        inner: OrderGateway,
        *,
        exchange: Exchange,
        clock: VirtualClock,
        trail: Trail,
        broken: Callable[[str], None],
    ) -> None:
        self._inner = inner
        self._exchange = exchange
        self._clock = clock
        self._trail = trail
        self._broken = broken
        self._on_its_way: dict[OrderId, Command] = {}

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        if isinstance(command, Place):
            self._inner.submit(command, timeout_s=timeout_s, done=done)
            return
        order_id, now = command.order_id, self._clock.monotonic()
        other = self._on_its_way.get(order_id)
        late = isinstance(other, Modify) and isinstance(command, Cancel)
        if other is not None and not (late and now >= self._trail.changes[order_id][0] + ANSWERS_S):
            self._broken(f"{command.intent_id} leaves while {other.intent_id} is on its way")
        if isinstance(command, Modify):
            self._look_at_the_one_before(command, now)
            self._trail.changes[order_id] = (now, command, None)
        self._on_its_way[order_id] = command

        def answered(outcome: Outcome) -> None:
            self._on_its_way.pop(order_id, None)
            if isinstance(command, Modify):
                self._trail.changes[order_id] = (now, command, outcome)
            done(outcome)

        self._inner.submit(command, timeout_s=timeout_s, done=answered)

    def _look_at_the_one_before(self, command: Modify, now: float) -> None:
        """A change after one of unknown fate needs proof: new terms shown, or old ones twice."""
        before = self._trail.changes.get(command.order_id)
        if before is None or not (before[2] is None or isinstance(before[2], Unknown)):
            return
        at, last, _ = before
        order = self._exchange.desk.orders.get(command.order_id)
        landed = (
            order is not None
            and order.quantity == last.quantity
            and (last.price is None or order.price == last.price)
        )
        if not landed and now < at + PROOF_S:
            self._broken(f"{command.intent_id} follows {last.intent_id}, which is unknown")

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()
