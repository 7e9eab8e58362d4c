"""Whatever happens in whatever order: the journal rebuilds the state, and exits stay within bounds."""

import copy
import typing
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.core.decide import decide, trading_day_of
from engine.core.state.fold import _APPLY
from engine.core.state.turn import Decision, child_tag
from engine.core.values import control as c
from engine.core.values import records
from engine.core.values.commands import Command, Modify, Place, RefusalKind, Refused
from engine.core.values.events import (
    Answered,
    Asked,
    BookRead,
    Event,
    PositionsRead,
    RowHinted,
    Ticked,
)
from engine.core.values.instruments import Instrument
from engine.core.values.market import IST, AccountName, OrderId, OrderStatus, Side
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules, Mirror
from storage.codec import decode_record, encode_record
from tests.core.core_world import World, a_follower, an_order, done

KINDS = typing.get_args(records.Record)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_record_comes_back_from_the_journal_as_it_went_in(kind, data):
    record = data.draw(st.from_type(kind))
    assert decode_record(*encode_record(record)) == record


def test_every_record_is_applied_by_the_fold():
    assert set(_APPLY) == set(KINDS)


#: Zones before 1970 have seconds in their offsets, which no text form keeps.
_EARLIEST = datetime(1971, 1, 1)  # noqa: DTZ001 - hypothesis wants it naive
_prices = st.integers(1, 10**9).map(lambda paise: Decimal(paise) / 100)
st.register_type_strategy(Decimal, _prices)
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(IST), min_value=_EARLIEST))
_counts = st.integers(0, 10**6)
_sizes = st.integers(1, 10**6)
st.register_type_strategy(
    Instrument,
    st.builds(Instrument, token=_counts, lot_size=_sizes, freeze_quantity=st.none() | _sizes),
)
st.register_type_strategy(
    OrderRow,
    st.builds(
        OrderRow,
        order_id=st.integers(1, 10**18).map(str).map(OrderId),
        symbol=st.sampled_from(["SBIN", "M&M", "NIFTY26NOVFUT"]),
        quantity=_counts,
        disclosed_quantity=_counts,
        filled_quantity=_counts,
        instrument_token=_counts,
    ),
)

st.register_type_strategy(
    FollowerRules,
    st.builds(
        FollowerRules,
        name=st.sampled_from(["father", "mother"]).map(AccountName),
        segment_multipliers=st.dictionaries(st.sampled_from(["NSE", "NFO", "MCX"]), _prices),
        fixed_lots=_sizes,
        market_protection=st.just(Decimal(-1)) | st.integers(1, 100).map(Decimal),
    ),
)

#: What can happen next; numbers choose among what is there.
steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "buy", "sell", "buy limit", "sell limit", "fill", "end", "cancel", "reprice",
                "answer", "answer", "answer", "lose", "refuse", "refuse size", "book", "their fill", "their fill",
                "their end", "wait", "wait", "read", "restart", "stop", "start", "logout", "login",
            ]
        ),
        st.integers(0, 5),
    ),
    min_size=5,
    max_size=30,
)  # fmt: skip


@given(
    steps,
    st.sampled_from(["0.5", "1", "1.5", "2"]),
    st.sampled_from([Mirror.SWEEP, Mirror.ORDERS]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_history_is_rebuilt_and_no_exit_that_leaves_adds_to_the_holding(
    history, multiplier, mirror
):
    world = World(a_follower(multiplier=multiplier, mirror=mirror))
    play = History(world)
    for kind, number in history:
        play.step(kind, number)
        play.check()
    world.check_journal()


@given(steps, st.sampled_from([Mirror.SWEEP, Mirror.FILLS]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_news_of_one_follower_changes_what_is_planned_for_no_other(history, mirror):
    world = Household(a_follower(mirror=mirror), a_follower("mother", multiplier="1.5"))
    play = History(world)
    for kind, number in history:
        play.step(kind, number)
        play.check()
    world.check_journal()


class Household(World):
    """Plans, before and after whatever is heard of one follower, everybody else as well."""

    def offer(self, event: Event) -> Decision:
        whose = self._follower_of(event)
        if whose is None:
            return super().offer(event)
        before, freezes = self._plan_all_but(whose), len(self.state.freezes)
        decision = super().offer(event)
        if len(self.state.freezes) == freezes:  # what one of them is taught is for all
            assert self._plan_all_but(whose) == before
        return decision

    def _follower_of(self, event: Event) -> AccountName | None:
        match event:
            case Answered(tag=tag):
                return self.state.children[tag].key.follower
            case BookRead(account=name) | PositionsRead(account=name) | RowHinted(account=name):
                return name if name in self.rules else None
            case Asked(request=c.SessionStored(account=name)):
                return name if name in self.rules else None
        return None

    def _plan_all_but(self, whose: AccountName) -> tuple[list[Command], list[records.Record]]:
        """Return what a plan of all the others would send and journal now."""
        unchanging = (self.state.instruments, self.state.rules, self.state.env_rules)
        state = copy.deepcopy(self.state, {id(each): each for each in unchanging})
        state.next_notice = 1
        state.wakes = {
            book.key: self.now
            for books in state.books.values()
            for book in books.values()
            if book.key.follower != whose
        }
        tick = Ticked(at=self.now, trading_day=trading_day_of(self.now))
        decision = decide(state, tick, self.allowances)
        return list(decision.sends), list(decision.records)


def test_an_answer_of_one_follower_plans_him_alone():
    world = World(a_follower(), a_follower("mother"))
    world.obliging = True
    world.master(done("M1", "BUY", 10))
    world.obliging = False
    world.master(done("M2", "SELL", 10))
    his, hers = world.place(), world.place()
    world.ack(hers)
    world.wait(1, SBIN=99)
    world.sleep(6)  # her exit is to be re-priced by now, and no tick has come
    world.ack(his)
    assert not world.pending
    world.wait(0.1)
    assert [(each.follower, type(each)) for each in world.pending] == [(hers.follower, Modify)]


class History:
    """Lets a random history happen, and looks at every order that leaves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen = len(world.commands)
        self.placed = 0

    def step(self, kind: str, number: int) -> None:
        world = self.world
        words = kind.split()
        if words[0] in {"buy", "sell"}:
            self.placed += 1
            row = an_order(f"M{self.placed}", words[0].upper(), number + 1)
            limit = {"price": Decimal(98 + number)} if len(words) > 1 else {}
            row = an_order(f"M{self.placed}", words[0].upper(), number + 1, **limit)
            world.master(row)
            return
        getattr(self, "do_" + kind.replace(" ", "_"))(number)

    def do_fill(self, number: int) -> None:
        if row := self._open(number):
            filled = min(row.quantity, row.filled_quantity + number + 1)
            status = "COMPLETE" if filled == row.quantity else "OPEN"
            self._change(row, filled_quantity=filled, status=status)

    def do_end(self, number: int) -> None:
        if row := self._open(number):
            self._change(row, filled_quantity=row.quantity, status="COMPLETE")

    def do_cancel(self, number: int) -> None:
        if row := self._open(number):
            self._change(row, status="CANCELLED")

    def do_reprice(self, number: int) -> None:
        row = self._open(number)
        if row and row.price is not None:
            self._change(row, price=Decimal(95 + number), quantity=row.quantity + number)

    def do_answer(self, number: int) -> None:
        if not self.world.pending:
            return
        command = self.world.take()
        if isinstance(command, Place):
            self.world.ack(command)
        elif self._child_row(command).status.is_terminal:
            self.world.refuse(command, "busy", "being processed")
        elif isinstance(command, Modify):
            filled = self._child_row(command).filled_quantity
            if (command.quantity or 0) <= filled:
                self.world.refuse(command, "busy", "being processed")
            else:
                self.world.modified(command)
        else:
            self.world.cancelled(command)

    def do_lose(self, number: int) -> None:
        if self.world.pending:
            self.world.lose(self.world.take())

    def do_refuse(self, number: int) -> None:
        if self.world.pending:
            kind = ("margin", "rate", "input", "not sent", "holdings", "busy")[number]
            self.world.refuse(self.world.take(), kind, "no")

    def do_refuse_size(self, number: int) -> None:
        """It was more than the exchange takes in one order; the figure may be nonsense."""
        if self.world.pending and isinstance(self.world.pending[0], Place):
            command = self.world.place()
            named = command.quantity - number
            refused = Refused(
                kind=RefusalKind.FREEZE, message="too many", http_status=400, freeze_quantity=named
            )
            self.world.answer(command, refused)

    def do_book(self, number: int) -> None:
        """It is in the book, and the answer never comes."""
        if self.world.pending and isinstance(self.world.pending[0], Place):
            self.world.book_row(self.world.place())

    def do_their_fill(self, number: int) -> None:
        if command := self._working(number):
            left = self.world.row(command)
            units = min(left.quantity - left.filled_quantity, number + 1)
            self.world.fill(command, units)

    def do_their_end(self, number: int) -> None:
        if command := self._working(number):
            self.world.change(command, status=("CANCELLED", "REJECTED")[number % 2])

    def do_wait(self, number: int) -> None:
        self.world.wait((0.2, 1, 3, 6, 31, 130)[number], step=1, SBIN=100 + number)

    def do_read(self, number: int) -> None:
        self.world.read(self._one(number))

    def do_restart(self, number: int) -> None:
        self.world.sleep(number)
        self.world.restart()

    def do_stop(self, number: int) -> None:
        self.world.ask(c.StopCopy())

    def do_start(self, number: int) -> None:
        self.world.ask(c.StartCopy())

    def do_logout(self, number: int) -> None:
        self.world.lose_session(self._one(number))

    def do_login(self, number: int) -> None:
        self.world.log_in(self._one(number))

    def check(self) -> None:
        """No exit that has just left may exceed the holding; no tag leaves twice."""
        world = self.world
        fresh = [each for each in world.commands[self.seen :] if isinstance(each, Place)]
        self.seen = len(world.commands)
        tags = [each.tag for each in world.places()]
        assert len(tags) == len(set(tags)), "a tag left twice"
        for each in fresh:
            child = world.state.children[each.tag]
            assert each.quantity > 0
            assert (each.price is None) == (each.order_type == "MARKET")
            if child.leg == "exit" and not child.filled:
                held = world.ledger(name=each.follower).held
                assert held * each.side.sign < 0, (each.side, held)
                assert each.quantity <= abs(held)

    def _one(self, number: int) -> AccountName:
        names = tuple(self.world.rules)
        return names[number % len(names)]

    def _open(self, number: int):
        rows = [row for row in self.world.master_rows.values() if not row.status.is_terminal]
        return rows[number % len(rows)] if rows else None

    def _change(self, row, **changed) -> None:
        if "status" in changed:
            changed["status"] = OrderStatus(changed["status"])
        row = replace(row, updated_at=None, **changed)
        if row.filled_quantity:
            row = replace(row, average_price=row.price or Decimal(100))
        self.world.master(row)

    def _working(self, number: int) -> Place | None:
        found = [
            each
            for each in self.world.places()
            if each.tag in self.world.order_ids and not self.world.row(each).status.is_terminal
        ]
        return found[number % len(found)] if found else None

    def _child_row(self, command):
        child = self.world.state.children[child_tag(command.intent_id)]
        return self.world.row(child.command)


def test_a_history_reaches_fills_and_exits():
    world = World()
    play = History(world)
    for kind in ("buy", "end", "answer", "their fill", "sell", "end", "answer", "their fill"):
        play.step(kind, 0)
        play.check()
    assert [each.side for each in world.places()] == [Side.BUY, Side.SELL]
    assert world.held() == 0
