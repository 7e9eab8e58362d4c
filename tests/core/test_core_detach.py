"""/detach: the copied holding becomes its owner's own, and nothing of it is touched any more."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.observe.drift import drift_view
from engine.core.observe.sync import sync_proposal
from engine.core.planning.detach import detach_proposal
from engine.core.state.brokernet import broker_cover
from engine.core.state.turn import child_tag
from engine.core.values import control as c
from engine.core.values.commands import Cancel, Place
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.orders import PositionRow
from engine.core.values.rules import Mirror
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done


def a_position(units: int, symbol: str = "SBIN") -> PositionRow:
    return PositionRow(
        exchange="NSE", symbol=symbol, product=Product.MIS, quantity=units, last_price=Decimal(100)
    )


def detach(world: World, symbol: str | None = None, name=FATHER) -> c.Reply:
    mark = detach_proposal(world.state, name, symbol).mark
    return world.ask(c.DetachHoldings(follower=name, symbol=symbol, mark=mark))


def holding(*followers) -> World:
    world = World(*followers)
    world.master(done())
    for _ in world.rules:
        world.ack_and_fill()
    world.wait(5)
    return world


def sent(world: World) -> list[str]:
    found = [
        f"{each.side.value} {each.quantity}" if isinstance(each, Place) else "cancel"
        for each in world.pending
    ]
    world.pending.clear()
    return found


def test_what_he_exits_afterwards_is_not_exited():
    world = holding()
    reply = detach(world)
    assert reply.accepted
    assert "+10 SBIN now its owner's own" in reply.text
    world.master(done("X1", "SELL"))
    world.wait(60)
    assert sent(world) == []
    assert world.held() == 0
    assert world.skip_of("X1", Leg.EXIT) is SkipReason.NOTHING_HELD
    world.check_journal()


def test_it_survives_a_restart():
    world = holding()
    detach(world)
    world.restart()
    world.master()
    world.read()
    world.master(done("X1", "SELL"))
    world.wait(60)
    assert sent(world) == []


def test_of_one_symbol_the_others_stay():
    world = holding()
    world.master(done("M2", symbol="INFY"))
    world.ack_and_fill()
    assert detach(world, "SBIN").accepted
    assert (world.held(), world.held("INFY")) == (0, 10)
    world.master(done("X2", "SELL", symbol="INFY"))
    assert world.place().quantity == 10


def test_the_other_followers_stay():
    world = holding(a_follower(), a_follower("mother"))
    detach(world)
    world.master(done("X1", "SELL"))
    assert [each.follower for each in world.pending] == [MOTHER]


def test_what_works_is_cancelled_and_what_it_still_fills_is_his_own():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("M2", price="99"))
    entry = world.ack()
    reply = detach(world)
    assert "2 working orders are being cancelled" in reply.text
    cancels = [world.cancel(), world.cancel()]
    world.fill(entry, 4)
    world.fill(target, 3)
    assert world.held() == 0
    assert world.ledger().own == 10 + 4 - 3
    for each in cancels:
        world.cancelled(each)
    world.wait(60)
    assert sent(world) == [], "neither is placed again while his orders work on"
    assert not world.alerts("cancelled, not by us")
    world.check_journal()


def test_what_its_owner_cancels_himself_is_no_news():
    world = World()
    world.master(an_order(price="99"))
    entry = world.take()
    world.lose(entry)
    detach(world)
    world.book_row(entry)
    world.change(entry, status="CANCELLED")
    world.wait(60)
    assert not world.alerts("cancelled, not by us")


def test_an_order_without_an_answer_is_cancelled_once_it_is_found():
    world = World()
    world.master(an_order(price="99"))
    entry = world.take()
    world.lose(entry)
    detach(world)
    assert sent(world) == []
    world.book_row(entry)
    world.read()
    world.wait(1)
    assert sent(world) == ["cancel"]
    world.fill(entry)
    assert (world.held(), world.ledger().own) == (0, 10)
    world.master(done(price="99"))
    world.master(done("X1", "SELL"))
    assert sent(world) == []


def test_what_fills_late_of_an_order_he_has_exited_is_not_sold():
    world = World()
    world.master(done())
    entry = world.ack()
    world.master(done("X1", "SELL", 5))
    detach(world)
    world.fill(entry)
    world.wait(5)
    assert [each for each in sent(world) if each != "cancel"] == []
    assert (world.ledger().held, world.ledger().virtual, world.ledger().own) == (0, 0, 10)


def test_what_was_only_planned_never_leaves():
    world = holding()
    world.ask(c.PauseFollower(follower=FATHER))
    world.restart()
    world.master(done("X1", "SELL"))  # waits for the read
    detach(world)
    world.read()
    world.wait(30)
    assert sent(world) == []


def test_the_rest_of_an_order_in_parts_is_not_copied():
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(an_order(quantity=20, price="100", filled_quantity=10))
    world.ack_and_fill()
    detach(world)
    world.wait(2)
    world.master(done(quantity=20, price="100"))
    world.wait(60)
    assert sent(world) == []


def test_what_he_enters_next_is_copied_and_only_that_is_exited():
    world = holding()
    world.positions(a_position(10))
    detach(world)
    world.master(done("M2"))
    assert sent(world) == ["BUY 10"]
    world.ack_and_fill(world.places()[-1])
    world.wait(5)
    world.positions(a_position(20))
    assert broker_cover(world.state, world.ledger(), Side.SELL) == 10, "his own are taken out first"
    world.master(done("X1", "SELL", 20))
    assert sent(world) == ["SELL 10"]


def test_an_exit_after_it_has_a_tag_of_its_own():
    world = holding()
    world.master(an_order("X1", "SELL", 20, price="100", filled_quantity=5))
    world.ack()
    detach(world)
    world.cancelled()
    world.master(done("M2", quantity=20))
    world.ack_and_fill()
    world.master(done("X1", "SELL", 20, price="100"))
    world.wait(5)
    tags = [each.tag for each in world.places()]
    assert len(tags) == len(set(tags))
    assert world.places()[-1].side is Side.SELL


def test_diff_and_sync_speak_of_it_as_missing_and_offer_it():
    world = holding()
    world.positions(a_position(10))
    detach(world)
    (row,) = drift_view(world.state)[0].rows
    assert (row.wanted, row.copied, row.observed) == (10, 0, 0)
    assert "handed back" in row.note
    (order,) = sync_proposal(world.state, FATHER, at=world.now).orders
    assert (order.side, order.quantity) == (Side.BUY, 10)


def test_a_holding_that_changed_meanwhile_is_asked_about_again():
    world = holding()
    mark = detach_proposal(world.state, FATHER).mark
    world.master(done("M2", quantity=5))
    world.ack_and_fill()
    reply = world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark))
    assert not reply.accepted
    assert world.held() == 15


def test_nothing_to_hand_back_says_so():
    world = World()
    assert "nothing to hand back" in detach(world).text
    assert not world.ask(c.DetachHoldings(follower="nobody", symbol=None, mark="")).accepted


def test_paper_may_be_switched_to_once_what_worked_is_gone():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    world.ack()
    refused = world.ask(c.GoPaper())
    assert not refused.accepted
    assert "/detach" in refused.text
    detach(world)
    assert not world.ask(c.GoPaper()).accepted, "its cancel is still on the way"
    world.cancelled()
    assert world.ask(c.GoPaper()).accepted
    assert world.state.venue is Venue.PAPER


def test_a_new_day_holds_none_of_it():
    world = World()
    world.master(done(product=Product.CNC))
    world.ack_and_fill()
    detach(world)
    world.sleep(24 * 3600)
    world.wait(1)
    book = world.ledger(product=Product.CNC)
    assert (book.held, book.virtual, book.exact(), book.unproven) == (0, 0, 0, False)


#: Likely ones stand more than once: a holding must come about before it can be handed back.
WORDS = [
    "buy",
    "buy",
    "sell",
    "rest",
    "part",
    "take",
    "take",
    "fill",
    "fill",
    "detach",
    "restart",
    "wait",
]
ACTS = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 20)), min_size=8, max_size=30)


class Filled:
    """Drives a world and counts what all orders of ours have filled."""

    def __init__(self) -> None:
        self.world = World()
        self.taken: list[Place] = []
        self.number = 0

    def do(self, act: str, units: int) -> None:
        world = self.world
        world.sleep(1)
        self.number += 1
        if act in ("buy", "sell"):
            world.master(done(f"M{self.number}", act.upper(), units))
        elif act == "rest":
            world.master(an_order(f"M{self.number}", "BUY", units, price="99"))
        elif act in ("part", "fill"):
            for each in self.taken:
                left = world.row(each).quantity - world.row(each).filled_quantity
                if left and not world.row(each).status.is_terminal:
                    world.fill(each, 1 if act == "part" else left)
        elif act == "take":
            self._take()
        elif act == "detach":
            detach(world)
        elif act == "restart":
            world.pending.clear()
            world.restart()
            world.master()
            world.read()
        elif act == "wait":
            world.wait(3)

    def _take(self) -> None:
        world = self.world
        while world.pending:
            command = world.pending.popleft()
            if isinstance(command, Place):
                self.taken.append(world.ack(command))
            elif isinstance(command, Cancel):
                placed = world.state.children[child_tag(command.intent_id)].command
                if not world.row(placed).status.is_terminal:
                    world.cancelled(command)

    def units(self) -> int:
        return sum(each.side.sign * self.world.row(each).filled_quantity for each in self.taken)


@settings(max_examples=200, deadline=None)
@given(acts=ACTS)
def test_copied_plus_own_is_what_our_orders_filled(acts):
    """Whatever comes in whatever order: no unit is counted twice or lost, and none changes hands twice."""
    filled = Filled()
    for act, units in acts:
        before = filled.world.state.book(filled.world.key())
        own = (before.own or 0) if before else 0
        filled.do(act, units)
        book = filled.world.state.book(filled.world.key())
        if book is not None:
            assert book.held + (book.own or 0) == filled.units()
        if act in ("buy", "sell", "rest", "wait", "restart", "take") and book is not None:
            assert (book.own or 0) == own, "only /detach and fills of what was detached move it"
    filled.world.check_journal()
