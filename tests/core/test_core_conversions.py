"""Product conversions: no order event tells of them, and no exit is lost by them."""

import dataclasses
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attention import master_needs
from engine.core.chat.reading_copies import copy_view
from engine.core.observe.drift import drift_view
from engine.core.state.conversions import exit_shares, followed
from engine.core.state.fold import apply
from engine.core.state.state import MasterPosition, State
from engine.core.values.calendar import Calendar
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import MASTER, Product, Side, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import PositionRow
from engine.core.values.records import MasterConverted
from engine.core.values.rules import Mirror
from engine.core.values.views import ChildState
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done

CNC, MIS, NRML, MTF = Product.CNC, Product.MIS, Product.NRML, Product.MTF


def a_position(quantity: int, product: Product, **changed) -> PositionRow:
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": product, "quantity": quantity}
    return PositionRow(**(plain | changed))


def key(product: Product) -> MasterKey:
    return MasterKey(exchange="NSE", symbol="SBIN", product=product)


def net(world: World, product: Product) -> int:
    position = world.state.master.get(key(product))
    return position.net if position else 0


def read_master(world: World, *, mis: int = 0, cnc: int = 0, seconds: float = 5) -> None:
    world.wait(seconds, step=seconds)
    world.master_positions(a_position(mis, MIS), a_position(cnc, CNC))


def bought(units: int = 50, *, multiplier: object = 1, venue: Venue = Venue.LIVE) -> World:
    """The master bought MIS and the follower holds a copy; his positions were read since."""
    world = World(a_follower(multiplier=multiplier), venue=venue)
    world.master(done("M1", quantity=units))
    world.ack_and_fill()
    read_master(world, mis=units)
    return world


def converted(units: int = 50, **kwargs) -> World:
    """He converted what he held to CNC, and two reads of his positions agree on it."""
    world = bought(**kwargs)
    whole = net(world, MIS)
    for _ in range(2):
        read_master(world, mis=whole - units, cnc=units)
    return world


# -- the master -------------------------------------------------------------------------------


def test_a_conversion_moves_his_net_and_closes_nobody():
    world = converted()
    assert (net(world, MIS), net(world, CNC)) == (0, 50)
    world.wait(60, step=5)
    assert not world.pending
    assert world.held() == 50
    (alert,) = world.alerts("converted 50 SBIN from MIS to CNC")
    assert alert.severity is Severity.CRITICAL
    assert "father 50" in alert.text
    read_master(world, cnc=50)
    assert len(world.alerts("converted")) == 1
    world.check_journal()


def test_one_read_alone_is_not_believed():
    world = bought()
    read_master(world, cnc=50)
    assert (net(world, MIS), net(world, CNC)) == (50, 0)
    read_master(world, mis=50)
    read_master(world, cnc=50)
    assert net(world, CNC) == 0


@pytest.mark.parametrize("venue", list(Venue))
def test_his_exit_under_the_new_product_exits_the_copies_under_theirs(venue):
    world = converted(venue=venue)
    world.master(done("X1", "SELL", quantity=20, product=CNC))
    world.master(done("X2", "SELL", quantity=30, product=CNC))
    sent = [world.ack_and_fill() for _ in range(2)]
    assert [(each.product, each.side, each.quantity) for each in sent] == [
        (MIS, Side.SELL, 20),
        (MIS, Side.SELL, 30),
    ]
    assert world.held() == 0
    view = copy_view(world.state, venue, "X1")
    assert view is not None
    assert [(child.filled, child.reason) for child in view.children] == [(20, "")]
    world.check_journal()


def test_an_exit_under_the_new_product_is_one_line_of_the_card_also_where_it_was_seen_open():
    world = converted()
    world.hint(an_order("X1", "SELL", 50, product=CNC))
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.ack_and_fill()
    view = copy_view(world.state, Venue.LIVE, "X1")
    assert view is not None
    assert [(child.state, child.filled) for child in view.children] == [(ChildState.FILLED, 50)]


def test_what_he_buys_after_it_is_entered_and_exited_under_the_new_product():
    world = converted()
    world.master(done("M2", quantity=30, product=CNC))
    assert world.ack_and_fill().product is CNC
    world.master(done("X1", "SELL", quantity=40, product=CNC))
    sent = {each.product: each.quantity for each in (world.ack_and_fill(), world.ack_and_fill())}
    assert sent == {MIS: 25, CNC: 15}, "half of the whole, whatever the product"
    world.master(done("X2", "SELL", quantity=40, product=CNC))
    sent = {each.product: each.quantity for each in (world.ack_and_fill(), world.ack_and_fill())}
    assert sent == {MIS: 25, CNC: 15}
    assert (world.held(), world.ledger(product=CNC).held) == (0, 0)
    world.check_journal()


def test_exits_in_three_parts_take_their_share_of_what_is_left():
    world = converted()
    world.master(done("M2", quantity=30, product=CNC))
    world.ack_and_fill()
    for number, units in enumerate((20, 30, 30)):
        world.master(done(f"X{number}", "SELL", quantity=units, product=CNC))
        while world.pending:
            world.ack_and_fill()
        left = 80 - (20, 50, 80)[number]
        mine = world.held() + world.ledger(product=CNC).held
        assert abs(mine - left) <= 1
    assert (world.held(), world.ledger(product=CNC).held) == (0, 0)
    assert [followed(world.state, key(product)) for product in (MIS, CNC)] == [0, 0]


def test_a_part_that_was_converted_is_exited_from_either_side():
    world = converted(30)
    assert (net(world, MIS), net(world, CNC)) == (20, 30)
    world.master(done("X1", "SELL", quantity=20))
    assert world.ack_and_fill().quantity == 20
    world.master(done("X2", "SELL", quantity=30, product=CNC))
    assert world.ack_and_fill().quantity == 30
    assert world.held() == 0
    assert not world.pending


def test_converted_there_and_back_is_as_before():
    world = converted()
    for _ in range(2):
        read_master(world, mis=50)
    assert (net(world, MIS), net(world, CNC)) == (50, 0)
    world.master(done("X1", "SELL", quantity=50))
    assert world.ack_and_fill().quantity == 50
    assert world.held() == 0


def test_diff_sees_no_difference_after_a_conversion():
    world = converted()
    world.positions(a_position(50, MIS), holdings=())
    assert drift_view(world.state)[0].rows == ()


def test_a_sale_right_after_a_conversion_waits_for_positions_and_is_an_exit():
    world = bought()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    assert not world.pending
    assert MASTER in world.reads
    needs = master_needs(
        world.state, Calendar(holidays=frozenset(), always_open=True), now=world.now, ready=True
    )
    assert needs.positions_s == 0
    for _ in range(2):
        read_master(world, mis=0, cnc=0, seconds=0.5)
    sent = world.ack_and_fill()
    assert (sent.product, sent.side, sent.quantity) == (MIS, Side.SELL, 50)
    assert world.held() == 0
    assert (net(world, MIS), net(world, CNC)) == (0, 0)
    world.check_journal()


def test_a_real_short_in_another_product_is_entered_after_one_read():
    """NIFTY held intraday, and a carried short opened beside it: no conversion, so an entry."""
    world = World()
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO"))
    world.ack_and_fill()
    world.wait(5)
    short = done("M2", "SELL", quantity=75, symbol=FUTURE, exchange="NFO", product=NRML)
    world.master(short)
    assert not world.pending
    world.wait(0.5)
    rows = [
        a_position(units, product, symbol=FUTURE, exchange="NFO")
        for units, product in ((75, MIS), (-75, NRML))
    ]
    world.master_positions(*rows)
    sent = world.ack_and_fill()
    assert (sent.product, sent.priority) == (NRML, "entry")
    assert len(world.alerts("converted")) == 0


def test_positions_that_do_not_come_hold_nothing_up_for_long():
    world = bought()
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.wait(5.5)
    assert world.ledger(product=CNC).parts["X1"].skips[Leg.ENTRY].reason is (
        SkipReason.SHORT_DELIVERY
    )
    assert world.alerts("father holds 50 copied: sell it in Kite")


def test_the_part_that_is_an_exit_in_any_case_waits_for_nothing():
    """He holds 50 MIS and 20 CNC, converts the 50 and sells all 70 as CNC."""
    world = bought()
    world.master(done("M2", quantity=20, product=CNC))
    world.ack_and_fill()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=70, product=CNC))
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (CNC, 20)
    assert not world.pending
    for _ in range(4):
        read_master(world, seconds=1)
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (MIS, 50)
    assert (world.held(), world.ledger(product=CNC).held) == (0, 0)
    world.check_journal()


def test_an_exit_that_was_there_before_waits_behind_nothing():
    world = bought()
    world.master(done("M2", quantity=20, product=CNC))
    world.ack_and_fill()
    resting = an_order("X0", "SELL", quantity=20, product=CNC, price="110")
    world.master(resting)
    world.ack()
    world.wait(5)
    world.master(an_order("X1", "SELL", quantity=50, product=CNC, price="111"))
    assert "X1" not in world.ledger(product=CNC).parts
    world.master(dataclasses.replace(resting, filled_quantity=5, average_price=Decimal(110)))
    assert world.ledger(product=CNC).parts["X0"].claimed == -5


def test_what_stays_unclear_is_not_entered_and_a_person_is_asked():
    world = World()
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO"))
    world.ack_and_fill()
    world.master(
        done("X1", "SELL", quantity=75, symbol=FUTURE, exchange="NFO", product=NRML),
    )
    world.wait(30)
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["X1"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.PRODUCT_UNCLEAR
    (alert,) = world.alerts("did not tell in time whether he converted")
    assert alert.needs_human
    world.check_journal()


def test_an_order_on_the_same_side_waits_for_nothing():
    world = bought()
    world.master(done("M2", quantity=10, product=CNC))
    assert world.place().product is CNC


def test_orders_that_follow_one_that_waits_keep_their_order():
    world = bought()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.master(done("M2", quantity=10, product=CNC))
    assert not world.pending
    for _ in range(2):
        read_master(world, mis=0, cnc=10, seconds=0.5)
    sent = [world.ack_and_fill() for _ in range(2)]
    assert [(each.product, each.side, each.quantity) for each in sent] == [
        (MIS, Side.SELL, 50),
        (CNC, Side.BUY, 10),
    ]


def test_positions_that_stand_still_after_trades_are_no_conversion():
    """MIS sold and CNC bought by orders; the broker's positions lag for minutes."""
    world = bought()
    world.master(done("X1", "SELL", quantity=50), done("M2", quantity=50, product=CNC))
    world.obliging = True
    world._oblige()
    for _ in range(5):
        read_master(world, mis=50, cnc=0)
    assert (net(world, MIS), net(world, CNC)) == (0, 50)
    read_master(world, mis=0, cnc=50)
    assert not world.alerts("converted")


def test_trades_seen_in_positions_before_the_book_are_no_conversion():
    world = bought()
    read_master(world, mis=0, cnc=50)
    world.obliging = True
    world.master(done("X1", "SELL", quantity=50), done("M2", quantity=50, product=CNC))
    world.wait(5)
    read_master(world, mis=0, cnc=50)
    assert not world.alerts("converted")
    assert (net(world, MIS), net(world, CNC)) == (0, 50)


def test_other_differences_are_not_taken_for_a_conversion():
    world = bought()
    for _ in range(3):
        read_master(world, mis=20, cnc=50)
    assert (net(world, MIS), net(world, CNC)) == (50, 0)


def test_a_restart_knows_of_the_conversion():
    world = converted()
    world.restart()
    for each in (MASTER, FATHER):
        world.log_in(each)
    world.master()
    world.read()
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    assert world.place().product is MIS


# -- the arithmetic ---------------------------------------------------------------------------

_PRODUCTS = (MIS, CNC, MTF)


@settings(max_examples=200, deadline=None)
@given(
    nets=st.tuples(*[st.integers(0, 100)] * 3),
    moves=st.lists(
        st.tuples(st.sampled_from(_PRODUCTS), st.sampled_from(_PRODUCTS), st.integers(1, 100)),
        max_size=8,
    ),
    leaving=st.sampled_from(_PRODUCTS),
    part=st.integers(1, 100),
)
def test_conversions_never_change_what_is_followed_in_all(nets, moves, leaving, part):
    """What copies stand for adds up to what he holds, and an exit takes exactly what he exits."""
    state = State()
    for product, units in zip(_PRODUCTS, nets, strict=True):
        state.master[key(product)] = MasterPosition(net=units)
    before = [followed(state, key(product)) for product in _PRODUCTS]
    for old, new, units in moves:
        moved = min(units, state.master[key(old)].net)
        if old is not new and moved:
            apply(state, MasterConverted(old=key(old), new=key(new), units=moved, at=None))
    assert [followed(state, key(product)) for product in _PRODUCTS] == before
    held = state.master[key(leaving)].net
    if not held:
        return
    part = min(part, held)
    shares = list(exit_shares(state, key(leaving), net=held, units=part))
    assert sum((gone for _, gone, _ in shares), Fraction(0)) == part
    assert all(0 <= gone <= of for _, gone, of in shares)


# -- the followers ----------------------------------------------------------------------------


def father_converts(world: World, units: int = 50) -> None:
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.wait(5)
    world.positions(a_position(50 - units, MIS), a_position(units, CNC), holdings=())


def test_copies_that_their_owner_converted_are_exited_as_what_they_are_now():
    world = bought()
    father_converts(world)
    (alert,) = world.alerts("converted from MIS to CNC by hand")
    assert not alert.needs_human
    world.master(done("X1", "SELL", quantity=50))
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (CNC, 50)
    assert world.held() == 0
    world.wait(1)
    world.master(done("M2", quantity=10))
    assert world.ack_and_fill().product is MIS
    world.master(done("X2", "SELL", quantity=10))
    assert world.ack_and_fill().product is MIS
    world.check_journal()


def test_both_converted_and_both_go_on_the_next_day():
    world = converted()
    father_converts(world)
    world.restart()
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.sleep(24 * 3600)
    world.wait(1)
    assert world.held() == 0
    assert world.ledger(product=CNC).held == 50
    world.check_journal()


def test_an_exit_that_rests_is_not_left_under_the_old_product():
    world = bought()
    world.master(an_order("X1", "SELL", quantity=50, price="110"))
    resting = world.ack()
    assert resting.product is MIS
    father_converts(world)
    world.cancelled()
    again = world.place()
    assert (again.product, again.quantity, again.price) == (CNC, 50, resting.price)
    assert not world.pending


def test_a_part_converted_by_hand_asks_a_person():
    world = bought()
    father_converts(world, 20)
    (alert,) = world.alerts("20 of its 50 copied SBIN were converted")
    assert alert.severity is Severity.CRITICAL
    world.master(done("X1", "SELL", quantity=50))
    assert world.place().quantity == 30


def test_a_conversion_seconds_after_a_fill_is_found_once_the_positions_may_be_believed():
    world = bought()
    world.master(done("M2", quantity=10, product=CNC))
    world.ack_and_fill()
    for _ in range(6):
        read_master(world, mis=0, cnc=60, seconds=1)
    assert (net(world, MIS), net(world, CNC)) == (0, 60)
    assert len(world.alerts("converted 50 SBIN")) == 1


def test_a_followers_conversion_seconds_after_a_fill_is_found_too():
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.master(done("M2", quantity=10, product=CNC))
    world.ack_and_fill()
    for _ in range(5):
        world.wait(1)
        world.positions(a_position(0, MIS), a_position(60, CNC), holdings=())
    assert world.ledger().held_as is CNC
    world.master(done("X1", "SELL", quantity=50))
    assert (sent := world.ack_and_fill()).product is CNC
    assert sent.quantity == 50


def test_copies_bought_meanwhile_are_no_conversion_of_what_was_sold_by_hand():
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), holdings=())
    world.master(done("M2", quantity=50, product=CNC))
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(0, MIS), a_position(50, CNC), holdings=())
    assert world.ledger().held_as is None


@pytest.mark.parametrize("short", [-50, -80])
def test_a_hand_that_closes_both_products_at_once_has_converted_nothing(short):
    """He sells the copies and buys back what he was short himself, between two reads."""
    world = bought()
    world.wait(5)
    world.positions(a_position(50, MIS), a_position(short, CNC), holdings=())
    world.wait(5)
    world.positions(a_position(0, MIS), a_position(0, CNC), holdings=())
    assert world.ledger().held_as is None
    world.master(done("X1", "SELL", quantity=50))
    assert not world.pending, "nothing is left to sell"


@pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.FILLS])
def test_what_waited_for_positions_is_entered_though_its_exit_is_long_done(mirror):
    """He holds 75 under each product and sells 150 intraday: 75 exit, the others wait to be told apart."""
    world = World(a_follower(mirror=mirror))
    of = {"symbol": FUTURE, "exchange": "NFO"}
    for order_id, product in (("M1", MIS), ("M2", NRML)):
        world.master(done(order_id, quantity=75, product=product, **of))
        world.ack_and_fill()
    rows = [a_position(75, product, **of) for product in (MIS, NRML)]
    world.wait(5, step=5)
    world.master_positions(*rows)
    price = Decimal(100)
    world.master(
        done("X1", "SELL", quantity=150, product=MIS, order_type="LIMIT", price=price, **of)
    )
    assert world.ack_and_fill().quantity == 75
    assert not world.pending
    for _ in range(2):
        world.wait(1)
        world.master_positions(a_position(-75, MIS, **of), rows[1])
    entering = world.place()
    assert (entering.side, entering.quantity) == (Side.SELL, 75)
