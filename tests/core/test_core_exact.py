"""Amounts that are never rounded: whole where they are whole, fractions where not, and never a float."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values.exact import divided, exact, size_of, whole
from engine.core.values.market import Side
from tests.core.core_orders import done
from tests.core.core_world import World, a_follower

AMOUNTS = st.fractions(max_denominator=50) | st.integers(-500, 500)


@given(AMOUNTS)
def test_what_a_record_says_is_what_was_written(amount):
    read = exact(str(amount))
    assert read == amount
    assert str(read) == str(Fraction(amount)), "written again it is the same text"
    assert isinstance(read, int) is (Fraction(amount).denominator == 1)
    assert size_of(read) == abs(amount)
    assert whole(amount) == amount


@given(st.decimals(-100, 100, places=3))
def test_a_setting_is_taken_as_it_stands(number):
    assert exact(number) == Fraction(number)
    assert exact(str(number)) == Fraction(number)


@given(AMOUNTS, AMOUNTS.filter(bool))
def test_a_quotient_is_never_a_float(amount, by):
    found = divided(amount, by)
    assert found == Fraction(amount) / by
    assert isinstance(found, int) is (found.denominator == 1)


#: (what he does, his units), in an order of its own each.
ACTS = st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 30)), min_size=1, max_size=8)


@settings(max_examples=25, deadline=None)
@given(acts=ACTS, multiplier=st.sampled_from(["1", "0.5", "0.3", "2", "1.7"]))
def test_whatever_he_does_no_float_gets_into_a_ledger(acts, multiplier):
    world = World(a_follower(multiplier=Decimal(multiplier)))
    world.obliging = True
    for number, (side, quantity) in enumerate(acts):
        world.master(done(f"M{number}", side=side, quantity=quantity))
    (book,) = [book for books in world.state.books.values() for book in books.values()]
    amounts = [book.exact(), book.left, book.claim_rest, book.counted, *book.keeps]
    for part in book.parts.values():
        amounts += [part.ratio, part.carry, part.opened_ratio, part.contribution, part.kept]
        amounts += [part.kept_with(3), part.exact_of(7), part.worth_of_more(2)]
    assert {type(each) for each in amounts} <= {int, Fraction}
