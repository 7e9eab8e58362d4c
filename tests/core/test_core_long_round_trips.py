"""What exits take of all parts of a ledger is noted once, and comes to what taking it from each would."""

import time
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Product, Venue
from tests.core.core_orders import MORNING

_SHARES = st.fractions(min_value=0, max_value=1, max_denominator=12)
_AMOUNTS = st.fractions(min_value=-50, max_value=50, max_denominator=4)
#: (what happens, of which part, by how much)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.integers(0, 5), _AMOUNTS),
        st.tuples(st.just("enter"), st.integers(0, 5), st.integers(1, 9)),
        st.tuples(st.just("worth"), st.integers(0, 5), _AMOUNTS),
        st.tuples(st.just("look"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("exit"), st.just(0), _SHARES),
    ),
    max_size=25,
)


def a_book() -> KeyBook:
    return KeyBook(
        key=Key(
            venue=Venue.LIVE, follower=AccountName("father"), exchange="NSE", symbol="SBIN",
            product=Product.MIS,
        )
    )  # fmt: skip


def a_part() -> CopyPart:
    return CopyPart(ratio=Fraction(1), carry=Fraction(0))


class Plainly:
    """The same parts with every exit taken from each of them at once."""

    def __init__(self) -> None:
        self.worth: dict[OrderId, Fraction] = {}
        self.kept: dict[OrderId, Fraction] = {}
        self.entered: dict[OrderId, int] = {}

    def exit(self, keep: Fraction) -> None:
        for order_id in self.worth:
            self.worth[order_id] *= keep
            if self.entered[order_id]:
                self.kept[order_id] *= keep


@settings(max_examples=60, deadline=None)
@given(steps=_STEPS)
def test_any_order_of_entries_and_exits_comes_to_the_same(steps):
    book, plain = a_book(), Plainly()
    for what, number, amount in steps:
        order_id = OrderId(f"M{number}")
        if what == "exit":
            book.take_exit(Fraction(amount))
            plain.exit(Fraction(amount))
        elif what == "open":
            book.put(order_id, a_part(), contribution=Fraction(amount))
            plain.worth[order_id] = Fraction(amount)
            plain.kept[order_id], plain.entered[order_id] = Fraction(1), 0
        elif order_id in book.parts:
            part = book.parts[order_id]
            if what == "worth":
                part.contribution = plain.worth[order_id] = Fraction(amount)
            elif what == "enter":
                part.kept = part.kept_with(amount)
                before, entered = plain.kept[order_id], plain.entered[order_id]
                if before != 1:
                    plain.kept[order_id] = (before * entered + amount) / (entered + amount)
                part.entered += amount
                plain.entered[order_id] += amount
            else:
                assert part.kept == plain.kept[order_id]
        assert book.exact() == sum(plain.worth.values())
    for order_id, part in book.parts.items():
        assert part.contribution == plain.worth[order_id]
        assert part.kept == plain.kept[order_id]


def test_two_ledgers_are_alike_whichever_of_their_parts_were_looked_at():
    looked_at, left_alone = a_book(), a_book()
    for book in (looked_at, left_alone):
        book.put(OrderId("M1"), a_part(), contribution=Fraction(10))
        book.take_exit(Fraction(1, 2))
    assert looked_at.parts[OrderId("M1")].contribution == 5
    assert looked_at == left_alone


def seconds_of(orders: int) -> float:
    """Return what so many entries, each with an exit of a little of all, cost."""
    book = a_book()
    began = time.process_time()
    for number in range(orders):
        book.put(OrderId(f"M{number}"), a_part(), contribution=Fraction(1))
        book.take_exit(Fraction(83, 84))
        book.exact()
    return time.process_time() - began


def test_a_day_of_ten_times_the_orders_costs_no_hundred_times_as_much():
    # The least of a few: other programs take caches away, never give any.
    few, many = (min(seconds_of(orders) for _ in range(3)) for orders in (100, 1000))
    assert many < 50 * max(few, 0.001)


def test_the_parts_filled_since_a_moment_are_found_also_where_the_clock_was_put_back():
    book, at = a_book(), MORNING
    for number in range(4):
        book.put(OrderId(f"M{number}"), a_part(), contribution=Fraction(1))
    for number, seconds in (
        (0, 1),
        (1, 2),
        (0, 5),
        (2, 3),
        (9, 7),
    ):  # the clock goes back for M2; M9 has no part
        book.note_fill(OrderId(f"M{number}"), at + timedelta(seconds=seconds))
    parts = book.parts
    since = [list(book.filled_since(at + timedelta(seconds=seconds))) for seconds in (1, 4, 5)]
    assert since == [[parts["M2"], parts["M0"], parts["M1"]], [parts["M2"], parts["M0"]], []]
    assert book.newest_fill == at + timedelta(seconds=5)
    book.clear_parts()
    assert book.newest_fill is None
