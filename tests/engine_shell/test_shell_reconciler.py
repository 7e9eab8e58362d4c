"""Reading books: what a read tells, what a failed one does not, and where a session ended."""

import asyncio

import pytest

from engine.core.state.fill_order import Doubt
from engine.core.values.events import SessionLost
from engine.core.values.market import MASTER
from engine.errors import BrokerUnavailable, PermissionDenied, RateLimited, SessionExpired
from engine.reconciler import FIRST_BACKOFF_S, LEAST_PAUSE_S, LOGIN_TRAVELS_S, Needs
from tests.core.core_world import an_order, done
from tests.engine_shell.reconciler_world import Watch, asked
from tests.engine_shell.shell_world import settle


async def test_the_first_read_tells_everything_and_later_ones_only_what_changed(watch):
    assert [book.total for book in watch.books()] == [0]
    watch.reader.rows = (an_order("M1"), an_order("M2"))
    await asked(watch)
    watch.reader.rows = (an_order("M1"), done("M2"))
    await asked(watch)
    first, second = watch.books()[1:]
    assert [row.order_id for row in first.rows] == ["M1", "M2"]
    assert second.rows == (done("M2"),)
    assert second.total == 2


async def test_while_something_is_unresolved_the_whole_book_is_told(watch):
    watch.reader.rows = (an_order("M1"),)
    await asked(watch)
    watch.needs = Needs(active=True, book_s=1.0, positions_s=30.0, whole=True)
    await asked(watch)
    book = watch.books()[-1]
    assert book.shown == (an_order("M1"),)
    assert book.rows == (), "it is no news"


async def test_a_read_is_stamped_with_when_it_was_asked_and_when_it_was_answered(watch):
    book = watch.books()[0]
    assert book.asked_at == book.at == watch.clock.now()
    assert watch.positions()[0].asked_at == watch.clock.now()


@pytest.mark.parametrize(
    "error", [BrokerUnavailable("502"), PermissionDenied("plan"), RateLimited("429")]
)
async def test_a_read_that_failed_tells_nothing(watch, error):
    before = list(watch.events)
    watch.reader.error = error
    await asked(watch)
    assert watch.events == before


async def test_positions_that_failed_leave_the_book_told_and_are_asked_again(watch):
    watch.needs = Needs(active=True, book_s=1.0, positions_s=0.0)
    watch.reader.errors["positions"] = BrokerUnavailable("502")
    await asked(watch)
    assert (len(watch.books()), len(watch.positions())) == (2, 1)
    watch.reader.errors.clear()
    await watch.clock.pass_time(FIRST_BACKOFF_S)
    assert len(watch.positions()) == 2, "as soon as the pause for the failure is over"


async def test_a_dead_session_is_told_and_reading_ends_until_there_is_another(watch):
    watch.reader.error = SessionExpired("token")
    await asked(watch)
    await watch.clock.pass_time(LOGIN_TRAVELS_S)
    assert watch.events[-1] == SessionLost(account=MASTER, at=watch.clock.now())
    watch.needs = Needs(active=False, book_s=1.0, positions_s=30.0)
    reads = len(watch.reader.calls)
    for _ in range(20):
        await watch.clock.pass_time(0.5)
    assert len(watch.reader.calls) == reads
    assert sum(isinstance(event, SessionLost) for event in watch.events) == 1
    # Login: the book is told anew, whole.
    watch.reader.error, watch.reader.rows = None, (an_order("M1"),)
    watch.needs = Needs(active=True, book_s=1.0, positions_s=30.0)
    watch.reconciler.forget()
    await watch.clock.pass_time(0.5)
    assert watch.books()[-1].rows == (an_order("M1"),)


async def test_the_end_of_the_session_before_is_not_taken_for_the_end_of_the_new_one(watch):
    watch.reader.answers = asyncio.Event()
    watch.reader.error = SessionExpired("the token before")
    await asked(watch)  # under way with the old token
    watch.reconciler.forget()  # the login that made it die
    watch.reader.answers.set()
    await settle()
    assert not any(isinstance(event, SessionLost) for event in watch.events)
    watch.reader.error = None
    books = len(watch.books())
    await watch.clock.pass_time(LEAST_PAUSE_S)
    await asked(watch)
    assert len(watch.books()) > books


async def test_a_token_found_dead_while_the_login_that_ended_it_is_being_answered_is_not_told(
    watch,
):
    watch.reader.error = SessionExpired("the token before")
    await asked(watch)
    await watch.clock.pass_time(LOGIN_TRAVELS_S / 2)
    watch.reconciler.forget()  # the answer to the login
    watch.reader.error = None
    for _ in range(4):
        await watch.clock.pass_time(LOGIN_TRAVELS_S)
    assert not any(isinstance(event, SessionLost) for event in watch.events)


async def test_trades_are_read_only_where_the_order_of_fills_matters():
    async with Watch(needs_fills=lambda rows: Doubt.ORDER if len(rows) > 1 else None) as watch:
        watch.reader.rows = (an_order("M1"),)
        await asked(watch)
        assert watch.books()[-1].fills is None
        watch.reader.rows = (done("M1"), done("M2", "SELL"))
        await asked(watch)
        assert watch.books()[-1].fills == ()
        assert len(watch.reader.times("fills")) == 1


async def test_if_the_trades_cannot_be_read_the_changed_rows_come_again():
    async with Watch(needs_fills=lambda rows: Doubt.ORDER if len(rows) > 1 else None) as watch:
        watch.reader.rows = (done("M1"), done("M2", "SELL"))
        watch.reader.errors["fills"] = BrokerUnavailable("502")
        await asked(watch)
        assert len(watch.books()) == 1
        watch.reader.errors.clear()
        await watch.clock.pass_time(FIRST_BACKOFF_S)
        assert len(watch.books()[-1].rows) == 2


async def test_a_book_whose_trades_only_tell_an_age_is_told_without_them():
    """An exit beside the entry must not wait for as long as the trades cannot be read."""
    async with Watch(needs_fills=lambda rows: Doubt.AGE if rows else None) as watch:
        watch.reader.errors["fills"] = BrokerUnavailable("502")
        watch.reader.rows = (done("M1"), done("X1", "SELL", symbol="INFY"))
        await asked(watch)
        book = watch.books()[-1]
        assert (len(book.rows), book.fills, book.age_unknown) == (2, None, True)


async def test_a_book_that_shrank_does_not_make_its_old_rows_news_again(watch):
    watch.reader.rows = (done("M1"), done("M2"))
    await asked(watch)
    watch.reader.rows = ()
    await asked(watch)
    assert (watch.books()[-1].rows, watch.books()[-1].total) == ((), 0)
    watch.reader.rows = (done("M1"), done("M2"))
    await asked(watch)
    assert (watch.books()[-1].rows, watch.books()[-1].total) == ((), 2)
