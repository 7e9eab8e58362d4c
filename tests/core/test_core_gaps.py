"""After a gap: his exits are followed without asking, his entries while they are fresh, each once.

Whatever was lost - his socket, his session, a follower's session, the process - and whatever he did
meanwhile, what is sent afterwards follows from his book alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.core.values.events import StreamChanged
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER
from engine.core.values.notices import SkipReason
from engine.core.values.orders import Fill, OrderRow
from tests.core.core_world import FATHER, World, an_order, done

Row = Callable[[datetime], OrderRow]


def holding() -> World:
    """Father holds 10 SBIN as the master does; an entry of 5 INFY of his rests at both."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.wait(3)
    return world


def placed(world: World) -> list[Place]:
    """Return the new orders that wait to be taken; cancels of old ones may leave before a read."""
    return [each for each in world.pending if isinstance(each, Place)]


def row(order_id: str, side: str, quantity: int, **changed) -> Row:
    """Return an order that he filled at a time told later."""
    return lambda at: done(order_id, side, quantity, updated_at=at, **changed)


#: What he did meanwhile; then what is sent if it is fresh, and if it is old.
DEEDS: dict[str, tuple[list[Row], list[str], list[str]]] = {
    "an entry": ([row("M2", "BUY", 7)], ["BUY 7"], []),
    "an exit": ([row("X1", "SELL", 10)], ["SELL 10"], ["SELL 10"]),
    "part of an exit": ([row("X1", "SELL", 4)], ["SELL 4"], ["SELL 4"]),
    "an entry and its exit": (
        [row("M2", "BUY", 6, symbol="INFY"), row("X2", "SELL", 6, symbol="INFY")], [], [],
    ),
    "an exit and an entry": (
        [row("X1", "SELL", 10), row("M2", "BUY", 6)], ["SELL 10", "BUY 6"], ["SELL 10"],
    ),
    "more, and then all of it out": (
        [row("M2", "BUY", 6), row("X1", "SELL", 16)], ["SELL 10"], ["SELL 10"],
    ),
    "through zero": ([row("X1", "SELL", 25)], ["SELL 10", "SELL 15"], ["SELL 10"]),
}  # fmt: skip


class Gap:
    """One way of losing sight: ``begin`` it, and ``end`` it; he is read at its end."""

    def __init__(self, world: World) -> None:
        self.world = world

    def begin(self) -> None: ...

    def meanwhile(self, rows: list[OrderRow], fills: tuple[Fill, ...]) -> None:
        """By default nobody hears of anything."""

    def last(self, seconds: float) -> None:
        """By default the program lives on, and its time goes by."""
        self.world.wait(seconds)

    def end(self, rows: list[OrderRow], fills: tuple[Fill, ...]) -> None:
        self.world.master(*rows, fills=fills)


class Socket(Gap):
    def begin(self) -> None:
        self.world.offer(StreamChanged(up=False, reason="gone", at=self.world.now))

    def end(self, rows, fills) -> None:
        self.world.offer(StreamChanged(up=True, reason="", at=self.world.now))
        for each in rows:
            # The socket shows the last of it again; nothing may be taken in a wrong order by it.
            self.world.hint(
                an_order(each.order_id, each.side.value, each.quantity, symbol=each.symbol),
                trusted=False,
            )
        super().end(rows, fills)


class MasterSession(Gap):
    def begin(self) -> None:
        self.world.lose_session(MASTER)

    def end(self, rows, fills) -> None:
        self.world.log_in(MASTER)
        super().end(rows, fills)


class FollowerSession(Gap):
    """His orders are seen all the while; the follower cannot be traded for."""

    def begin(self) -> None:
        self.world.lose_session()

    def meanwhile(self, rows, fills) -> None:
        self.world.master(*rows, fills=fills)

    def end(self, rows, fills) -> None:
        self.world.log_in(FATHER)
        assert not placed(self.world), "nothing before its book was read"
        self.world.read()


class Process(Gap):
    def begin(self) -> None:
        self.world.check_journal()

    def last(self, seconds: float) -> None:
        self.world.sleep(seconds)

    def end(self, rows, fills) -> None:
        self.world.restart()
        super().end(rows, fills)
        assert not placed(self.world), "nothing before its book was read"
        self.world.read()


GAPS = [Socket, MasterSession, FollowerSession, Process]


def go(world: World, kind: type[Gap], deeds: list[Row], *, seconds: float) -> list[str]:
    """Go through a gap in which he did these things at its beginning; return what was sent, in order."""
    gap = kind(world)
    gap.begin()
    world.sleep(1)
    stamps = [world.now + timedelta(milliseconds=100 * n) for n in range(len(deeds))]
    rows = [deed(at) for deed, at in zip(deeds, stamps, strict=True)]
    fills = tuple(
        Fill(
            fill_id=f"F{n}",
            order_id=each.order_id,
            exchange="NSE",
            symbol=each.symbol,
            product=each.product,
            side=each.side,
            quantity=each.quantity,
            price=Decimal(100),
            filled_at=at,
        )
        for n, (each, at) in enumerate(zip(rows, stamps, strict=True))
    )
    gap.meanwhile(rows, fills)
    gap.last(seconds)
    sent_before = len(world.commands)
    gap.end(rows, fills)
    for _ in range(6):
        while world.pending:
            command = world.pending.popleft()
            assert isinstance(command, Place), command
            world.ack_and_fill(command)
        world.wait(1)
    return [f"{e.side.value} {e.quantity}" for e in world.commands[sent_before:]]


@pytest.mark.parametrize("kind", GAPS)
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("seconds", [4, 90])
def test_what_he_did_in_a_gap(kind, deed, seconds):
    world = holding()
    deeds, fresh, old = DEEDS[deed]
    sent = go(world, kind, deeds, seconds=seconds)
    # While a follower has no session his entries are skipped with that reason, however soon it is back.
    expected = old if seconds > 10 or kind is FollowerSession else fresh
    assert sent == expected
    world.check_journal()
    # Nothing is left to be done, and nothing comes twice, whatever is read again.
    world.master(*world.master_rows.values())
    world.read()
    world.wait(30)
    assert not world.pending
    if expected != fresh:
        reasons = {
            skip.reason
            for book in (world.state.book(world.key()), world.state.book(world.key("INFY")))
            if book is not None
            for part in book.parts.values()
            for leg, skip in part.skips.items()
            if leg is Leg.ENTRY
        }
        assert reasons & {SkipReason.STALE, SkipReason.NO_SESSION}


@pytest.mark.parametrize("kind", GAPS)
def test_a_copy_that_filled_in_the_gap_is_exited_with_the_rest(kind):
    world = World()
    world.master(an_order(price="99"))
    resting = world.ack()
    gap = kind(world)
    gap.begin()
    world.sleep(60)
    world.change(resting, status="COMPLETE", filled_quantity=10, told=False)
    rows = [done(price="99"), done("X1", "SELL")]
    gap.meanwhile(rows, ())
    world.sleep(60)
    gap.end(rows, ())
    world.read()
    (out,) = placed(world)
    assert (out.side.value, out.quantity) == ("SELL", 10)
    world.ack_and_fill(out)
    world.read()
    world.wait(60)
    assert world.held() == 0


def test_over_all_four_at_once_nothing_is_lost_or_doubled():
    world = holding()
    world.offer(StreamChanged(up=False, reason="gone", at=world.now))
    world.lose_session(MASTER)
    world.lose_session()
    world.sleep(120)
    world.restart()
    world.log_in(FATHER)
    world.read()
    assert not world.pending
    world.log_in(MASTER)
    world.master(done("X1", "SELL", 4, updated_at=world.now - timedelta(seconds=90)))
    assert [each.quantity for each in world.pending] == [4]
    assert world.state.copying
    assert world.ask(c.StopCopy()).accepted
