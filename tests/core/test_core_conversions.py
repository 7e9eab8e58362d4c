"""A conversion of the master: how it is recognised, and that his copies stay and are exited with him."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.chat.reading_copies import copy_view
from engine.core.observe.drift import drift_view
from engine.core.state.conversions import exit_shares, followed
from engine.core.state.fold import apply
from engine.core.state.state import MasterPosition, State
from engine.core.values.copy_view import ChildState
from engine.core.values.market import MASTER, Side, Venue
from engine.core.values.notices import Severity
from engine.core.values.records import MasterConverted
from tests.core.conversion_world import (
    CNC,
    MIS,
    MTF,
    a_position,
    bought,
    converted,
    key,
    net,
    read_master,
)
from tests.core.core_world import FATHER, an_order, done

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


_PRODUCTS = (MIS, CNC, MTF)


# -- the arithmetic ---------------------------------------------------------------------------


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
