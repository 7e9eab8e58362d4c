"""What the master held before the start, entered too once a person asks for it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.observe.open_positions import positions_proposal
from engine.core.values import control as c
from engine.core.values.calendar import Calendar
from engine.core.values.commands import Modify, Place, RefusalKind
from engine.core.values.instruments import round_to_lots
from engine.core.values.market import OrderType, Product, Side, Venue
from engine.core.values.orders import PositionRow
from engine.core.values.rules import Sizing
from engine.core.values.views import SyncProposal
from tests.core.core_sync import a_position, proposal, too_much
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done

NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def holding(quantity: int = 10, side: str = "BUY", *, followers=(), price=100, **row) -> World:
    """The master is in since before the start, at 90; the price is 100 now; copying has just started."""
    world = World(*(followers or (a_follower(),)), copying=False)
    world.master(done("H1", side, quantity, price="90", **row))
    began(world, quantity if side == "BUY" else -quantity, price, row)
    return world


def began(world: World, net: int, price, row) -> None:
    if price is not None:
        kept = {k: row[k] for k in ("exchange", "product") if k in row}
        at = a_position(net, row.get("symbol", "SBIN"), last_price=Decimal(price), **kept)
        world.master_positions(at)
    for name in world.rules:
        world.positions(name=name)
    world.wait(30)
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert not world.pending, "a start alone enters nothing"


def listed(world: World) -> SyncProposal:
    return positions_proposal(world.state, at=world.now)


def left(world: World) -> str:
    return " / ".join(each.why for each in listed(world).left)


def copy(world: World, mark: str | None = None) -> c.Reply:
    return world.ask(c.CopyPositions(mark=listed(world).mark if mark is None else mark))


def copied(world: World) -> World:
    """Confirm the list, and have all of it filled."""
    assert copy(world).accepted
    while world.pending:
        world.ack_and_fill()
        world.wait(1)
    return world


def test_it_is_listed_with_a_limit_round_the_price_of_now_and_entered_once():
    world = holding()
    (order,) = listed(world).orders
    assert (order.side, order.quantity, order.entry) == (Side.BUY, 10, True)
    assert Decimal(100) < order.limit <= Decimal(102), "round what it costs now, not his 90"
    assert copy(world).accepted
    sent = world.place()
    assert (sent.quantity, sent.order_type, sent.price) == (10, OrderType.LIMIT, order.limit)
    assert sent.tag.startswith("KCK7")
    assert not listed(world).orders, "it is on its way"
    assert left(world) == "10 still working"
    world.ack_and_fill(sent)
    world.wait(5)
    assert not world.pending
    assert (world.held(), world.ledger().exact()) == (10, 10)
    world.positions(a_position(10))
    assert listed(world) == SyncProposal(orders=(), left=(), mark=listed(world).mark)
    assert not proposal(world).orders
    world.check_journal()


def test_it_is_not_chased_where_the_price_runs_away():
    world = holding()
    copy(world)
    sent = world.ack()
    world.wait(30, SBIN=130)
    assert not world.pending
    assert world.row(sent).price == sent.price


def test_a_second_press_and_a_new_start_enter_nothing_more():
    world = holding()
    mark = listed(world).mark
    assert copy(world, mark).accepted
    assert not copy(world, mark).accepted
    world.ack_and_fill()
    world.positions(a_position(10))
    world.wait(5)
    assert not copy(world, mark).accepted
    world.ask(c.StartCopy())
    world.ask(c.StopCopy())
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert listed(world).orders == ()
    assert not copy(world, mark).accepted
    assert not world.pending
    assert world.held() == 10


@pytest.mark.parametrize("when", ["planned", "taken", "filled"])
def test_a_restart_between_enters_it_once(when):
    world = holding()
    mark = listed(world).mark
    copy(world)
    sent = world.place() if when == "planned" else world.ack()
    if when == "filled":
        world.fill(sent)
    world.restart()
    world.log_in(FATHER)
    world.master()
    if when == "planned":
        world.book_row(sent)  # the broker had it, its answer was lost with the process
    world.read()
    world.positions(a_position(10 if when == "filled" else 0))
    assert not copy(world, mark).accepted
    world.wait(5)
    if when != "filled":
        world.fill(sent)
    world.wait(10)
    assert len(world.places()) == 1
    assert (world.held(), world.ledger().exact()) == (10, 10)


def test_his_exits_take_their_share_of_it():
    world = copied(holding(300, followers=(a_follower(multiplier="0.5"),), **NRML))
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert ledger.held == 150
    world.master(done("X1", "SELL", 150, **NRML))
    assert world.ack_and_fill().quantity == 75
    world.master(done("X2", "SELL", 150, **NRML))
    assert world.ack_and_fill().quantity == 75
    assert (ledger.held, ledger.exact()) == (0, 0)


def test_what_a_whole_lot_leaves_over_is_owed_to_his_next_entry():
    world = copied(holding(225, followers=(a_follower(multiplier="0.5"),), **NRML))
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert (ledger.held, ledger.exact()) == (75, Decimal("112.5"))
    world.master(done("M2", quantity=75, **NRML))
    assert world.ack_and_fill().quantity == 75
    assert (ledger.held, ledger.exact()) == (150, 150)


def test_a_short_position_is_sold_at_no_less_than_its_limit_and_bought_back_with_his():
    world = holding(150, "SELL", **NRML)
    (order,) = listed(world).orders
    assert order.side is Side.SELL
    assert Decimal(98) <= order.limit < Decimal(100)
    copied(world)
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert ledger.held == -150
    world.master(done("X1", "BUY", 150, **NRML))
    assert world.ack_and_fill().side is Side.BUY
    assert ledger.held == 0


def test_it_is_withdrawn_where_he_is_out_before_it_fills():
    world = holding()
    copy(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    world.wait(3)
    world.cancelled()
    world.wait(10)
    assert not world.pending
    assert (world.held(), world.row(sent).filled_quantity) == (0, 0)


@pytest.mark.parametrize("before", [0, 4])
def test_of_what_fills_after_he_is_half_out_his_half_leaves_at_once(before):
    world = holding()
    copy(world)
    sent = world.ack()
    if before:
        world.fill(sent, before)
    world.master(done("X1", "SELL", 5))
    if before:
        assert world.ack_and_fill().quantity == 2
    world.wait(3)
    world.fill(sent)
    out = world.ack_and_fill()
    assert (out.side, out.quantity) == (Side.SELL, 3 if before else 5)
    world.wait(5)
    assert (world.held(), world.ledger().exact()) == (5, 5)
    assert not world.pending


def test_a_target_of_his_that_rests_already_rests_for_the_copy_too():
    world = World(a_follower(mirror="orders"), copying=False)
    world.master(done("H1", price="90"))
    world.master(an_order("T1", "SELL", 10, price="120"))
    began(world, 10, 100, {})
    assert copy(world).accepted
    world.ack_and_fill()
    world.wait(2)
    target = world.ack()
    assert (target.side, target.quantity, target.price) == (Side.SELL, 10, Decimal(120))
    world.master(done("T1", "SELL", 10, price="120"))
    world.fill(target, price=120)
    world.wait(5)
    assert not world.pending
    assert world.held() == 0


def test_what_he_carried_overnight_is_copied_as_well():
    class Carrying(World):
        def master_positions(self, *rows: PositionRow, holdings=()) -> None:
            row = a_position(20, product=Product.MTF, overnight_quantity=20)
            super().master_positions(*(rows or (row,)), holdings=holdings)

    world = Carrying()
    world.positions()
    (order,) = listed(world).orders
    assert (order.product, order.quantity) == (Product.MTF, 20)
    copied(world)
    assert world.ledger(product=Product.MTF).held == 20


def test_he_is_in_with_some_of_it_already_and_only_the_rest_is_entered():
    world = holding()
    world.master(done("M2", quantity=5))
    world.ack_and_fill()
    world.positions(a_position(5))
    world.wait(5)
    world.positions(a_position(5))
    (order,) = listed(world).orders
    assert order.quantity == 10
    copied(world)
    assert (world.held(), world.ledger().exact()) == (15, 15)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"segments": frozenset({"NFO"})}, "NSE"),
        ({"symbols_block": ("NSE:SBIN",)}, "SBIN"),
        ({"multiplier": "0.05"}, "its share is 0.5 units, less than a lot of 1"),
        ({"max_order_value": Decimal(500)}, "MAX_ORDER_VALUE"),
        ({"sizing": Sizing.EQUITY}, "the equity of father was not read yet"),
    ],
)
def test_what_is_left_out_has_its_reason(changed, why):
    world = holding(followers=(a_follower(**changed),))
    assert listed(world).orders == ()
    assert why in left(world)


def test_without_a_price_of_now_it_is_not_proposed():
    world = holding(price=None)
    assert listed(world).orders == ()
    assert "no price is known" in left(world)
    world.wait(1, SBIN=100)
    assert len(listed(world).orders) == 1


def test_a_closed_session_and_an_unlisted_contract_are_named():
    world = holding()
    world.state.calendar = Calendar()
    world.wait(8 * 3600, step=600)
    assert listed(world).orders == ()
    assert left(world)
    world = holding(75, symbol="NIFTY26NOVFUT", exchange="NFO", product=Product.NRML)
    assert "NFO:NIFTY26NOVFUT" in left(world)


def test_neither_killed_nor_unarmed_nor_paused_enters():
    world = holding()
    mark = listed(world).mark
    world.ask(c.SetKill(active=True))
    assert not copy(world, mark).accepted
    world.ask(c.SetKill(active=False))
    world.ask(c.PauseFollower(follower=FATHER))
    assert not copy(world, mark).accepted
    assert not world.pending
    assert left(world)


def test_more_than_he_has_is_left_to_sync():
    world = too_much()
    assert listed(world).orders == ()
    assert "/sync puts that right" in left(world)
    world.state.master[world.key().master].net = -10
    assert listed(world).orders == (), "an exit is never among them"


def test_a_limit_that_is_met_by_two_positions_together_lets_one_in_and_tells():
    world = World(a_follower(max_open_positions=1), copying=False)
    world.master(done("H1", price="90"), done("H2", symbol="INFY", price="90"))
    world.master_positions(a_position(10), a_position(10, "INFY"))
    world.positions()
    world.wait(30)
    world.ask(c.StartCopy())
    assert len(listed(world).orders) == 2
    copy(world)
    world.ack_and_fill()
    world.wait(5)
    assert not world.pending
    assert world.alerts("of the open positions were not entered")


def test_what_is_refused_is_tried_again_only_when_asked_again():
    world = holding()
    copy(world)
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(10)
    assert not world.pending
    assert len(listed(world).orders) == 1


def test_each_follower_has_his_own_and_in_paper_too():
    both = (a_follower(), a_follower("mother", multiplier="2"))
    world = World(*both, venue=Venue.PAPER, copying=False)
    world.master(done("H1", price="90"))
    began(world, 10, 100, {})
    found = {(o.follower, o.quantity) for o in listed(world).orders}
    assert found == {(FATHER, 10), (MOTHER, 20)}
    copied(world)
    assert (world.held(), world.held(name=MOTHER)) == (10, 20)


STEPS = st.lists(st.tuples(st.sampled_from(["exit", "fill"]), st.integers(1, 4)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    lots=st.integers(1, 8), ratio=st.sampled_from(["0.5", "1", "1.5"]), short=st.booleans(),
    steps=STEPS, restarts=st.booleans(),
)  # fmt: skip
def test_whatever_he_exits_since_the_share_is_right_and_never_past_zero(
    lots, ratio, short, steps, restarts
):
    """His exits and the fills of the copied entry in any order: at the end it is his share, whole lots."""
    lot, side, sign = 75, "SELL" if short else "BUY", -1 if short else 1
    world = holding(lots * lot, side, followers=(a_follower(multiplier=ratio),), **NRML)
    whole = round_to_lots(int(lots * lot * Decimal(ratio)), lot)
    assert copy(world).accepted is True
    entry = world.ack() if world.pending else None
    net = lots * lot
    for number, (kind, size) in enumerate(steps):
        units = min(size * lot, net)
        if kind == "exit" and units:
            net -= units
            world.master(done(f"X{number}", "BUY" if short else "SELL", units, **NRML))
        elif kind == "fill" and entry is not None and not world.row(entry).status.is_terminal:
            row = world.row(entry)
            world.fill(entry, min(lot, row.quantity - row.filled_quantity))
        answered(world, sign)
    if restarts:
        world.restart()
        world.log_in(FATHER)
        world.master()
        world.read()
        world.wait(2)
    answered(world, sign)
    if entry is None:
        assert whole == 0
        return
    if not world.row(entry).status.is_terminal:
        world.fill(entry)
    answered(world, sign)
    held = sign * world.ledger(FUTURE, product=Product.NRML).held
    assert -lot < held - net * Decimal(ratio) < lot
    assert held == 0 or net > 0


TRADES = st.lists(st.tuples(st.booleans(), st.integers(-4, 4)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(lots=st.integers(2, 6), ratio=st.sampled_from(["0.5", "1", "1.5"]), trades=TRADES)
def test_whatever_he_trades_since_the_follower_ends_within_a_lot_of_his_share(lots, ratio, trades):
    """He adds, exits, reverses; the copied entry fills whenever it likes."""
    lot = 75
    world = holding(lots * lot, followers=(a_follower(multiplier=ratio),), **NRML)
    copy(world)
    entry, net = world.ack(), lots * lot
    for number, (fills, size) in enumerate(trades):
        if fills and not world.row(entry).status.is_terminal:
            world.fill(entry, min(lot, world.row(entry).remaining_quantity))
        elif size:
            net += size * lot
            side = "BUY" if size > 0 else "SELL"
            world.master(done(f"X{number}", side, abs(size) * lot, **NRML))
        answered(world)
    if not world.row(entry).status.is_terminal:
        world.fill(entry)
    answered(world)
    held = world.ledger(FUTURE, product=Product.NRML).held
    assert abs(held - net * Decimal(ratio)) < lot
    assert held * net >= 0


def answered(world: World, sign: int = 0) -> None:
    """Have the broker carry out whatever is sent; with a sign, it only exits, and no further than zero."""
    for _ in range(6):
        while world.pending:
            command = world.pending[0]
            if isinstance(command, Place):
                assert not sign or command.side.sign == -sign, "nothing is entered a second time"
                world.ack_and_fill()
            elif isinstance(command, Modify):
                world.modified()
            else:
                world.cancelled()
            assert sign * world.ledger(FUTURE, product=Product.NRML).held >= 0
        world.wait(1)
