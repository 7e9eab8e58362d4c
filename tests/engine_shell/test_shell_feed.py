"""When a socket's hint may open a position: never across a gap, never on an old book."""

from datetime import timedelta

import pytest

from engine.core.values.events import Faulted, RowHinted, StreamChanged
from engine.core.values.market import MASTER, AccountName
from engine.core.values.orders import Quote
from engine.feed import FRESH_BOOK, Feed
from engine.ports import MalformedFrame, OrderHint, StreamDown, StreamUp, Ticks, UnknownFrame
from engine.prices import PriceBoard
from tests.core.core_world import MORNING, Decimal, an_order
from tests.engine_shell.shell_world import ManualClock


class Stream:
    """A socket whose frames are said by hand."""

    def __init__(self) -> None:
        self.watched = frozenset()
        self.sink = None

    async def run(self, sink) -> None:
        self.sink = sink

    def watch(self, tokens) -> None:
        self.watched = tokens


class Heard:
    def __init__(self, account: AccountName = MASTER) -> None:
        self.events = []
        self.board = PriceBoard()
        self.stream = Stream()
        self.feed = Feed(
            account,
            self.stream,
            clock=ManualClock(),
            prices=self.board,
            offer=self.events.append,
        )

    def say(self, event) -> None:
        assert self.stream.sink is not None
        self.stream.sink(event)

    def read(self, at: float, *, took: float = 0.0) -> None:
        """Finish a book read that was asked at so many seconds of the morning."""
        asked_at = MORNING + timedelta(seconds=at)
        self.feed.book_was_read(asked_at=asked_at, at=asked_at + timedelta(seconds=took))

    def hint_at(self, seconds: float) -> bool:
        """Say a hint and return whether it was trusted."""
        at = MORNING + timedelta(seconds=seconds)
        self.say(OrderHint(row=an_order("M1"), received_at=at, received_s=seconds))
        event = self.events[-1]
        assert isinstance(event, RowHinted)
        assert (event.account, event.at, event.row) == (MASTER, at, an_order("M1"))
        return event.trusted


def up(seconds: float) -> StreamUp:
    return StreamUp(at=MORNING + timedelta(seconds=seconds))


def down(seconds: float) -> StreamDown:
    return StreamDown(at=MORNING + timedelta(seconds=seconds), reason="silent")


@pytest.fixture
async def heard() -> Heard:
    """A master's feed that runs."""
    made = Heard()
    await made.feed.run()
    return made


@pytest.mark.parametrize(
    ("story", "trusted"),
    [
        ("a socket that is up and a fresh read after it", True),
        ("a socket that never came up", False),
        ("no book read at all", False),
        ("only a read asked before the socket came up", False),
        ("a read asked before it came up that ended after", False),
        ("the socket was gone for a moment since the read", False),
        ("the socket was gone, and the book was read after it came back", True),
        ("the socket is down", False),
    ],
)
async def test_a_hint_is_trusted_only_without_a_gap(heard, story, trusted):
    match story:
        case "a socket that is up and a fresh read after it":
            heard.say(up(0))
            heard.read(1)
        case "a socket that never came up":
            heard.read(1)
        case "no book read at all":
            heard.say(up(0))
        case "only a read asked before the socket came up":
            heard.read(0.5)
            heard.say(up(1))
        case "a read asked before it came up that ended after":
            heard.say(up(1))
            heard.read(0.9, took=0.3)
        case "the socket was gone for a moment since the read":
            heard.say(up(0))
            heard.read(1)
            heard.say(down(1.1))
            heard.say(up(1.2))
        case "the socket was gone, and the book was read after it came back":
            heard.say(up(0))
            heard.say(down(0.5))
            heard.say(up(0.8))
            heard.read(1)
        case "the socket is down":
            heard.say(up(0))
            heard.read(1)
            heard.say(down(1.1))
    assert heard.hint_at(1.5) is trusted


@pytest.mark.parametrize(
    ("age", "trusted"), [(0.0, True), (1.5, True), (1.501, False), (60, False)]
)
async def test_a_hint_is_trusted_while_the_last_book_is_a_second_and_a_half_old_at_most(
    heard, age, trusted
):
    heard.say(up(0))
    heard.read(1, took=0.4)
    assert timedelta(seconds=1.5) == FRESH_BOOK
    assert heard.hint_at(1.4 + age) is trusted


async def test_only_the_masters_ups_and_downs_are_told_and_a_failed_try_is_no_second_down():
    masters, fathers = Heard(), Heard(AccountName("father"))
    for heard in (masters, fathers):
        await heard.feed.run()
        heard.say(down(0))
        heard.say(up(1))
        heard.say(down(2))
        heard.say(down(3))
    assert [type(event) for event in masters.events] == [StreamChanged, StreamChanged]
    assert [event.up for event in masters.events] == [True, False]
    assert masters.events[1].reason == "silent"
    assert fathers.events == []
    assert fathers.feed.up is False


async def test_prices_reach_whoever_listens_and_the_board_keeps_the_newest(heard):
    listened = []
    heard.board.listen(listened.append)
    quotes = [
        Quote(exchange="NSE", symbol="SBIN", instrument_token=1, last_price=Decimal(price))
        for price in ("100", "101")
    ]
    heard.say(Ticks(quotes=tuple(quotes), received_at=MORNING))
    assert listened == quotes
    assert heard.board.last_price("NSE", "SBIN") == Decimal(101)
    assert heard.board.quote("NSE", "INFY") is None
    assert heard.board.last_price("BSE", "SBIN") is None
    assert heard.events == [], "prices are no event of the engine's"


async def test_prices_of_before_the_masters_socket_was_lost_stand_no_more(heard):
    quote = Quote(exchange="NSE", symbol="INFY", instrument_token=1, last_price=Decimal(1500))
    heard.say(up(0))
    heard.say(Ticks(quotes=(quote,), received_at=MORNING))
    assert heard.board.live("NSE", "INFY") == quote
    heard.say(down(1))
    assert heard.board.live("NSE", "INFY") is None
    assert heard.board.quote("NSE", "INFY") == quote, "it is still the newest there is"
    heard.say(up(2))
    assert heard.board.live("NSE", "INFY") is None, "only a new tick makes it one of now"


async def test_a_followers_socket_takes_no_prices_away():
    heard = Heard(AccountName("father"))
    await heard.feed.run()
    quote = Quote(exchange="NSE", symbol="INFY", instrument_token=1, last_price=Decimal(1500))
    heard.board.update([quote])
    heard.say(up(0))
    heard.say(down(1))
    assert heard.board.live("NSE", "INFY") == quote


async def test_frames_that_cannot_be_read_are_counted_and_told_once(heard):
    heard.say(MalformedFrame(detail="not json"))
    heard.say(MalformedFrame(detail="not json"))
    assert heard.feed.malformed == 2
    (told,) = heard.events
    assert isinstance(told, Faulted)
    assert "could not be read (not json)" in told.text


async def test_frames_of_kinds_that_mean_nothing_are_counted_and_nothing_else(heard):
    heard.say(UnknownFrame())
    assert heard.feed.unknown == 1
    assert heard.events == []


async def test_what_is_to_be_watched_reaches_the_socket(heard):
    heard.feed.watch(frozenset({1, 2}))
    assert heard.stream.watched == frozenset({1, 2})
