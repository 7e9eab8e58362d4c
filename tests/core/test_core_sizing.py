"""How large an entry is by a multiplier: rounding, what is owed after it, and what a skip says."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.risk.words import in_decimals, in_rupees
from engine.core.values.market import Product, Side
from engine.core.values.sizing import entry_units, exact_units
from tests.core.core_sizing import LOT, future, mirrored, skip_text
from tests.core.core_world import FUTURE, World, a_follower, done

# -- multiplier ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("multiplier", "segments", "symbol", "quantity", "units"),
    [
        ("1", {}, "SBIN", 10, 10),
        ("0.5", {}, "SBIN", 10, 5),
        ("0.5", {"NSE": "0.5"}, "SBIN", 10, 2),  # 2.5
        ("0.5", {"NFO": "0.5"}, "SBIN", 10, 5),  # another segment's
        ("2", {"NFO": "0.5"}, FUTURE, LOT, LOT),
        ("2", {"NFO": "0.5"}, "SBIN", 10, 20),
        ("0.99", {}, FUTURE, 2 * LOT, LOT),  # just under two lots
        ("1", {}, FUTURE, 2 * LOT, 2 * LOT),
        ("1.01", {}, FUTURE, 2 * LOT, 2 * LOT),  # just over
    ],
)
def test_the_multiplier_of_the_segment_counts_and_lots_are_rounded_toward_zero(
    multiplier, segments, symbol, quantity, units
):
    segments = {exchange: Decimal(each) for exchange, each in segments.items()}
    world = World(a_follower(multiplier=multiplier, segment_multipliers=segments))
    more = {"exchange": "NFO", "product": Product.MIS} if symbol == FUTURE else {}
    world.master(done(quantity=quantity, symbol=symbol, **more))
    assert world.place().quantity == units


@pytest.mark.parametrize(
    ("multiplier", "lots", "words"),
    [
        ("0.5", 1, "0.5 x 75 = 37.5, short of a lot of 75; MULTIPLIER 1 would copy it"),
        ("0.3", 2, "0.3 x 150 = 45, short of a lot of 75; MULTIPLIER 0.5 would copy it"),
        ("0.333", 3, "0.333 x 225 = 74.92, short of a lot of 75; MULTIPLIER 0.34 would copy it"),
    ],
)
def test_less_than_a_lot_says_what_would_have_been_needed_and_that_is_true(multiplier, lots, words):
    world = World(a_follower(multiplier=multiplier))
    world.master(future(lots=lots))
    assert skip_text(world) == f"less than one lot at this multiplier: {words}"
    needed = words.partition("MULTIPLIER ")[2].partition(" ")[0]
    again = World(a_follower(multiplier=needed))
    again.master(future(lots=lots))
    assert again.place().quantity == LOT


def test_a_skip_tells_what_is_owed_too_much_or_too_little():
    world = World(a_follower(multiplier="0.4"))
    world.master(future("M1"))
    world.master(future("M2"))
    assert "0.4 x 75 + 30 owed from before = 60, short of a lot of 75; MULTIPLIER 0.6" in skip_text(
        world, "M2"
    )
    world.master(future("M3"))
    assert mirrored(world) == LOT  # 30 + 30 + 30
    world.master(future("M4"))
    # Owed 15: with 0.8 this one alone would have been 60.
    assert "0.4 x 75 + 15 owed from before = 45" in skip_text(world, "M4")
    assert "MULTIPLIER 0.8 would copy it" in skip_text(world, "M4")


def test_shares_that_come_to_no_unit_say_so_for_one_unit():
    world = World(a_follower(multiplier="0.002"))
    world.master(done(quantity=10))
    assert skip_text(world, symbol="SBIN").endswith(
        "0.002 x 10 = 0.02, short of one unit; MULTIPLIER 0.1 would copy it"
    )


def test_a_segment_of_multiplier_zero_says_what_would_copy_it():
    world = World(a_follower(segment_multipliers={"NFO": Decimal(0)}))
    world.master(future())
    assert "NFO; above 0 in SEGMENT_MULTIPLIERS would copy it" in skip_text(world)


# -- the carry -------------------------------------------------------------------------------


@given(
    quantities=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    ratio=st.fractions(0, 3, max_denominator=50),
    lot=st.sampled_from([1, 20, 75]),
)
def test_slices_never_come_to_more_than_the_whole_and_owe_less_than_a_lot(quantities, ratio, lot):
    exact, planned = Fraction(0), 0
    for lots in quantities:
        carry = exact - planned
        planned += entry_units(
            quantity=lots * lot, ratio=ratio, carry=carry, side=Side.BUY, lot_size=lot
        )
        exact += ratio * lots * lot
        assert 0 <= exact - planned < lot
    whole = exact_units(sum(quantities) * lot, ratio=ratio)
    assert planned == int(whole) // lot * lot


@given(st.data())
def test_the_ledger_owes_less_than_a_lot_after_any_entries_and_exits(data):
    multiplier = data.draw(st.sampled_from(["0.3", "0.5", "0.75", "1.5", "2.4"]))
    world = World(a_follower(multiplier=multiplier))
    net = 0
    for number in range(data.draw(st.integers(1, 6))):
        exits = net > 0 and data.draw(st.booleans())
        lots = data.draw(st.integers(1, net if exits else 6))
        net += -lots if exits else lots
        world.master(future(f"M{number}", "SELL" if exits else "BUY", lots))
        held = mirrored(world)
        book = world.ledger(FUTURE)
        assert held % LOT == 0
        if net == 0:
            assert held == 0
        elif not exits:
            assert abs(book.exact() - held) < LOT
        assert 0 <= held <= max(Fraction(multiplier) * net * LOT, 0) + LOT


# -- words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "₹0"),
        ("999.5", "₹1,000"),
        ("100000", "₹1,00,000"),
        ("-12345678.9", "-₹1,23,45,679"),
    ],
)
def test_rupees_are_grouped_as_indians_read_them(amount, text):
    assert in_rupees(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 2), "0.5"), (Fraction(100), "100"), (Fraction(1, 3), "0.333333")],
)
def test_fractions_are_written_short(value, text):
    assert in_decimals(value) == text
