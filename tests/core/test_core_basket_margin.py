"""The margin of a basket: asked before its bought leg leaves; too little of it, and neither leg is sent."""

import pytest

from engine.core.chat.sentences import Narrator
from engine.core.planning.basket_margin import ANSWER_WITHIN
from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.core.values.events import MarginAnswered
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import Product, Side, Venue
from engine.core.values.notices import SkipReason
from storage.codec import decode_record
from tests.core.core_world import FATHER, MOTHER, a_follower
from tests.core.option_world import BOUGHT, LATER, LOT, OTHER, PUT, SOLD, WINDOW, Options, an_option

BOUND_S = ANSWER_WITHIN.total_seconds()


def asks(*followers, **changed) -> Options:
    """A world whose broker answers questions about margin when told, and not before."""
    world = Options(*(followers or (a_follower(basket_window=WINDOW),)), **changed)
    world.margins_answer = True
    return world


def in_full(*followers, **changed) -> Options:
    world = asks(*followers, **changed)
    world.master(world.sell(), world.buy())
    return world


def goes_on(world: Options) -> None:
    """Both legs leave, the bought one first."""
    assert world.ack().symbol == BOUGHT
    assert world.place().symbol == SOLD


# -- what the answer comes to ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "free", "short"),
    [
        ("99999.99", 100_000, False),
        (100_000, 100_000, False),
        ("100000.01", 100_000, True),
        (1, -5, True),
        (0, 0, False),
        (None, None, False),
        (None, 1, False),
        (500_000, None, False),
    ],
)
def test_the_pair_is_left_out_where_it_needs_more_than_is_free(needed, free, short):
    world = in_full()
    assert not world.pending
    world.margin(needed, free)
    if not short:
        goes_on(world)
        return
    world.wait(5, step=0.1)
    assert not world.places()
    assert world.why("B1", BOUGHT) is SkipReason.MARGIN
    assert world.why("S1", SOLD) is SkipReason.HEDGE_REFUSED
    world.check_journal()


def test_both_figures_are_said_of_both_legs():
    world = in_full()
    world.margin(240_000, 90_000)
    world.wait(0.2, step=0.1)
    said = "they need ₹2,40,000 and ₹90,000 is free"
    for order_id, symbol in (("B1", BOUGHT), ("S1", SOLD)):
        (known,) = world.part_of(order_id, symbol).skips.values()
        assert said in known.detail
    (alert,) = world.alerts("is not sent")
    assert said in alert.text


def test_his_exits_of_a_pair_that_was_left_out_find_nothing():
    world = in_full()
    world.margin(240_000, 90_000)
    world.wait(1, step=0.1)
    world.master(world.buy("X1", SOLD), world.sell("X2", BOUGHT))
    world.wait(5)
    assert not world.places()


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (240_000, "its basket needs ₹2,40,000 margin, ₹90,000 is free."),
        (None, "what its basket needs as margin could not be had; it goes on without."),
    ],
)
def test_the_story_tells_what_was_asked_and_what_came_of_it(needed, said):
    world = in_full()
    world.margin(needed, 90_000)
    told, narrator = [], Narrator()
    for kind, body in world.journal:
        sentence = narrator.tell(world.events[-1], decode_record(kind, body))
        told += [sentence.text] if sentence else []
    asked = next(text for text in told if "what its basket needs as margin:" in text)
    assert f"BUY {LOT} {BOUGHT}, SELL {LOT} {SOLD}" in asked
    assert any(said in text for text in told)


def test_commodity_options_are_paid_from_their_own_purse():
    listed = [an_option(symbol, 0, exchange="MCX") for symbol in (SOLD, BOUGHT)]
    world = asks()
    world.state.instruments = InstrumentBook(
        {each.key: each for each in listed}, content_hash="mcx"
    )
    world.master(world.sell(exchange="MCX"), world.buy(exchange="MCX"))
    world.margin(10, 1_000_000)
    world.wait(1, step=0.1)
    assert not world.places(), "what is free for shares does not count"


# -- what is asked ---------------------------------------------------------------------------


def test_both_legs_are_asked_about_as_they_would_be_sent():
    world = asks(a_follower(basket_window=WINDOW, multiplier=2))
    world.master(world.sell(), world.buy())
    (question,) = world.questions
    assert (question.key.follower, question.key.symbol) == (FATHER, BOUGHT)
    legs = [(leg.side, leg.symbol, leg.quantity, leg.product) for leg in question.legs]
    assert legs == [
        (Side.BUY, BOUGHT, 2 * LOT, Product.NRML),
        (Side.SELL, SOLD, 2 * LOT, Product.NRML),
    ]


@pytest.mark.parametrize("sold_first", [True, False])
def test_it_is_asked_whichever_row_comes_first_in_one_read(sold_first):
    world = asks()
    rows = [world.sell(), world.buy()]
    world.master(*(rows if sold_first else reversed(rows)))
    assert len(world.questions) == 1
    world.margin(240_000, 90_000)
    world.wait(1, step=0.1)
    assert not world.places()


def test_slices_are_one_question_and_one_answer():
    world = asks()
    world.master(world.sell("S1"), world.sell("S2"), world.buy("B1"), world.buy("B2", OTHER))
    (question,) = world.questions
    assert sorted(leg.symbol for leg in question.legs) == sorted([SOLD, SOLD, BOUGHT, OTHER])
    world.margin(240_000, 90_000)
    world.wait(5, step=0.1)
    assert not world.places()
    assert len(world.questions) == 1
    assert world.why("B1", BOUGHT) is world.why("B2", OTHER) is SkipReason.MARGIN


def test_slices_all_go_where_the_margin_is_there():
    world = asks()
    world.master(world.sell("S1"), world.sell("S2"), world.buy("B1"), world.buy("B2", OTHER))
    world.margin(240_000, 250_000)
    world.ack()
    world.ack()
    assert [world.place().symbol, world.place().symbol] == [SOLD, SOLD]
    assert len(world.questions) == 1


def test_a_hedge_that_is_left_out_for_something_else_is_not_asked_about():
    world = asks(a_follower(basket_window=WINDOW, symbols_block=(f"NFO:{OTHER}",)))
    world.master(world.sell(), world.buy("B2", OTHER), world.buy())
    (question,) = world.questions
    assert [leg.symbol for leg in question.legs] == [BOUGHT, SOLD]


@pytest.mark.parametrize(
    "what",
    ["paper", "no session", "window off", "no hedge", "put", "a plain buy", "product", "expiry"],
)
def test_where_there_is_no_pair_of_a_live_follower_nothing_is_asked(what):
    rules = a_follower(basket_window=WINDOW * (what != "window off"))
    world = asks(rules, venue=Venue.PAPER if what == "paper" else Venue.LIVE)
    if what == "no session":
        world.lose_session()
    sold = {
        "put": world.sell(symbol=PUT),
        "product": world.sell(product=Product.MIS),
        "expiry": world.sell(symbol=LATER.symbol),
    }
    if what == "a plain buy":
        world.master(world.buy())
    elif what == "no hedge":
        world.master(world.sell())
    else:
        world.master(sold.get(what, world.sell()), world.buy())
    world.wait(1, step=0.1)
    assert not world.questions


def test_a_hedge_that_has_left_already_is_not_asked_about():
    """The broker's answer to the sold leg tells, and the figures would count the hedge twice."""
    world = asks()
    world.master(world.buy())
    bought = world.place()
    world.master(world.sell())
    world.ack(bought)
    assert world.place().symbol == SOLD
    assert not world.questions


def test_a_second_slice_of_a_hedge_that_has_left_goes_at_once():
    world = asks()
    world.master(world.buy())
    bought = world.place()
    world.master(world.sell(), world.buy("B2", OTHER))
    assert world.place().symbol == OTHER
    assert not world.questions
    world.ack(bought)


def test_a_person_who_approved_a_leg_is_not_asked_about_margin():
    world = asks(a_follower(basket_window=WINDOW, ask_first=True))
    world.master(world.sell(), world.buy())
    world.wait(3)
    assert not world.questions


# -- nothing waits for it longer than it must ------------------------------------------------


def test_without_an_answer_in_time_the_legs_go_as_before():
    world = in_full()
    world.wait(BOUND_S - 0.1, step=0.1)
    assert not world.pending
    world.wait(0.1, step=0.1)
    goes_on(world)


def test_an_answer_that_comes_too_late_changes_nothing():
    world = in_full()
    world.wait(BOUND_S, step=0.1)
    bought = world.place()
    world.margin(240_000, 90_000)
    assert world.last is not None
    assert not world.last.records
    world.ack(bought)
    assert world.place().symbol == SOLD


def test_an_answer_about_nothing_changes_nothing():
    world = in_full()
    key = world.questions[0].key
    for order_id in ("B1", "nothing"):
        world.offer(
            MarginAnswered(key=key, order_id=order_id, needed=None, funds=None, at=world.now)
        )
    world.margin(240_000, 90_000)
    goes_on(world)
    unknown = key.__class__(
        venue=key.venue, follower=key.follower, exchange="NFO", symbol="X", product=key.product
    )
    world.offer(MarginAnswered(key=unknown, order_id="B1", needed=None, funds=None, at=world.now))
    assert not world.pending


def test_what_has_another_size_than_was_asked_goes_on():
    world = in_full()
    world.master(world.sell("S2"))
    world.margin(240_000, 90_000)
    assert world.place().symbol == BOUGHT


def test_an_exit_and_another_entry_leave_while_margin_is_asked():
    world = asks()
    world.master(world.buy("B0", PUT))
    world.ack_and_fill()
    world.wait(1)
    world.master(world.sell(), world.buy())
    assert not world.pending
    world.master(world.sell("X0", PUT), world.buy("B3", "NIFTY24500PE"))
    assert [(each.side, each.symbol) for each in (world.place(), world.place())] == [
        (Side.SELL, PUT),
        (Side.BUY, "NIFTY24500PE"),
    ]


def test_an_exit_of_the_very_symbol_leaves_while_margin_is_asked():
    world = asks()
    world.master(world.buy("B0", quantity=2 * LOT))
    world.ack_and_fill()
    world.wait(5)
    world.master(world.sell(), world.buy("B1"))
    world.master(world.sell("X0", BOUGHT, 2 * LOT))
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.deadline) == (Side.SELL, BOUGHT, None)


def test_the_answer_of_one_account_is_not_waited_for_by_another():
    world = in_full(a_follower(basket_window=WINDOW), a_follower("mother", basket_window=WINDOW))
    first, second = world.questions
    assert {first.key.follower, second.key.follower} == {FATHER, MOTHER}
    world.margin(1, 2, second)
    (left,) = [world.place()]
    assert (left.follower, left.symbol) == (second.key.follower, BOUGHT)
    assert not world.pending
    world.margin(5, 2, first)
    world.wait(5, step=0.1)
    assert {each.follower for each in world.places()} == {second.key.follower}


def test_a_restart_while_it_is_asked_goes_on_without_the_answer():
    world = in_full()
    world.restart()
    world.read()
    world.master()
    world.wait(BOUND_S + 0.1, step=0.1)
    assert len(world.questions) == 1, "nothing is asked twice"
    goes_on(world)


def test_a_restart_after_a_refusal_by_margin_keeps_it():
    world = in_full()
    world.margin(240_000, 90_000)
    world.wait(1, step=0.1)
    world.restart()
    world.read()
    world.master()
    world.wait(5)
    assert [each for each in world.pending if isinstance(each, Place)] == []
    assert world.why("B1", BOUGHT) is SkipReason.MARGIN


def test_stopping_while_it_is_asked_leaves_the_bought_leg_out():
    world = in_full()
    assert world.ask(c.StopCopy()).accepted
    world.margin(1, 2)
    world.wait(5, step=0.1)
    assert not world.places()
