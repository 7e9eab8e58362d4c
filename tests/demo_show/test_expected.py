"""The oracle works out by hand what the multiplier rules mean."""

from fractions import Fraction

import pytest

from demo.exchange.portfolio import PositionKey
from demo.show.expected import Fill, Rule, Traded, expect

SHARE = PositionKey("NSE", "RELIANCE", "MIS")
OPTION = PositionKey("NFO", "NIFTY26D0126000CE", "NRML")


def fill(order_id, signed, *, key=SHARE, lot=1):
    return Fill(order_id=order_id, key=key, signed=signed, lot_size=lot)


def follow(ratio, *fills, left_out=()):
    return expect(fills, Rule(ratio=Fraction(ratio), left_out=frozenset(left_out)))


def test_a_follower_takes_his_multiple_of_an_entry():
    assert follow(2, fill("a", 100)).traded == {SHARE: Traded(200, 0)}


def test_half_of_an_odd_number_is_cut_and_made_good_with_the_next_entry():
    found = follow("1/2", fill("a", 51), fill("b", 1))
    assert found.units == {"a": 25, "b": 1}


@pytest.mark.parametrize(("lots", "expected"), [(1, 0), (2, 65), (3, 65), (4, 130)])
def test_half_of_an_options_order_is_cut_to_whole_lots(lots, expected):
    found = follow("1/2", fill("a", 65 * lots, key=OPTION, lot=65))
    assert found.units == {"a": expected}


def test_parts_of_one_order_come_to_the_size_of_the_whole():
    assert follow("1/2", fill("a", 1), fill("a", 1), fill("a", 1)).units == {"a": 1}


def test_a_partial_exit_takes_the_same_share_and_the_last_one_takes_all():
    found = follow("1/2", fill("a", 51), fill("b", -17), fill("c", -34))
    assert found.units == {"a": 25, "b": 8, "c": 17}
    assert found.traded[SHARE] == Traded(25, 25)


def test_a_short_is_covered_like_a_long_is_sold():
    assert follow(2, fill("a", -10), fill("b", 10)).traded[SHARE] == Traded(20, 20)


def test_one_order_may_close_and_turn_round():
    found = follow(2, fill("a", 100), fill("b", -160))
    assert found.units["b"] == 320
    assert found.traded[SHARE].net == -120


def test_an_entry_that_is_left_out_has_no_exit_either():
    found = follow(1, fill("a", 100), fill("b", -100), left_out=["a"])
    assert found.traded == {}
    assert found.units == {"a": 0, "b": 0}


def test_an_exit_follows_even_when_its_order_may_not_enter():
    found = follow(1, fill("a", 100), fill("b", -150), left_out=["b"])
    assert found.traded[SHARE] == Traded(100, 100)


def test_products_of_one_symbol_are_held_apart():
    carried = PositionKey("NSE", "RELIANCE", "CNC")
    found = follow(1, fill("a", 5), fill("b", -5, key=carried))
    assert {key: each.net for key, each in found.traded.items()} == {SHARE: 5, carried: -5}
