"""What ends a paper position by itself: the broker's square-off, the exchange's close, an expiry."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from engine.brokers.paper.closings import CANCELLED_AT_CLOSE, CANCELLED_BY_RMS, NO_PRICE
from engine.brokers.paper.settlement import settlement_price
from engine.core.values.calendar import Calendar
from engine.core.values.closings import ClosedBy
from engine.core.values.commands import Acked, RefusalKind, Refused
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.market import Exchange, OrderStatus, Product, Side
from engine.core.values.orders import Level, PositionRow, Quote
from tests.contracts.venues.conftest import NOW, Paper

D = Decimal
MIS, NRML, CNC = Product.MIS, Product.NRML, Product.CNC
FUTURE, CALL, PUT = InstrumentKind.FUTURE, InstrumentKind.CALL, InstrumentKind.PUT
TODAY = NOW.date()
CALENDAR = Calendar()


def an_instrument(
    kind=FUTURE, *, exchange="NFO", expiry: date | None = TODAY, **more
) -> Instrument:
    return Instrument(exchange=exchange, symbol="X", token=1, kind=kind, expiry=expiry, **more)


class Timed(Paper):
    """The paper venue with the exchanges' hours; a clock that a test turns."""

    def __init__(self, *more: Instrument, **held) -> None:
        super().__init__()
        listed = {
            each.key: each for each in (*more, self.find("NSE", "INFY"), self.find("NSE", "TCS"))
        }
        self.instruments = InstrumentBook(listed, content_hash="t")
        market = self.paper._market
        self.paper = self.gateway = type(self.paper)(
            self.paper._follower,
            clock=self.clock,
            market=replace(
                market,
                is_open=lambda exchange, at: CALENDAR.is_open(Exchange(exchange), at),
                trades=lambda exchange, symbol, at: CALENDAR.session_at(
                    Exchange(exchange), at, auctioned=self.auctioned
                ).value == "continuous trading",
                ends=lambda exchange, symbol, day: CALENDAR.ends(
                    Exchange(exchange), day, auctioned=self.auctioned
                ),
            ),
            funds=lambda: self.funds,
            on_row=lambda name, row: self.told.append((name, row)),
            tell=lambda name, text: self.said.append(text),
        )  # fmt: skip

    auctioned = False

    def at(self, clock: str, *, day: date = TODAY) -> None:
        """Turn the clock to so late, and let the second's look happen."""
        hour, minute, *second = (int(each) for each in clock.split(":"))
        self.clock.at = datetime(
            day.year, day.month, day.day, hour, minute, *second, tzinfo=NOW.tzinfo
        )
        self.paper.pass_time()

    def holds(self, units=10, symbol="INFY", product=MIS, exchange="NSE") -> None:
        """Take positions back, as a start does."""
        row = PositionRow(
            exchange=exchange, symbol=symbol, product=product, quantity=units,
            average_price=D(1500),
        )  # fmt: skip
        self.paper.restore([], [row])

    @property
    def net(self) -> int:
        return sum(row.quantity for row in self.paper.positions())

    def closings(self):
        """Return the newest row of each order that is not ours."""
        newest = {row.order_id: row for _, row in self.told if row.placed_by}
        return list(newest.values())


def held(**more) -> Timed:
    venue = Timed()
    venue.price("1500")
    venue.holds(**more)
    return venue


@pytest.mark.parametrize(
    ("exchange", "day", "square_off", "close", "expiry"),
    [
        ("NSE", TODAY, "15:20", "15:30", "15:30"),
        ("BSE", TODAY, "15:20", "15:30", "15:30"),
        ("NFO", TODAY, "15:25", "15:40", "15:40"),
        ("BFO", TODAY, "15:25", "15:40", "15:40"),
        ("CDS", TODAY, "16:45", "17:00", "12:30"),
        ("MCX", TODAY, "23:05", "23:30", "23:30"),
        ("NSE", date(2026, 11, 21), None, None, None),  # a Saturday
    ],
)
def test_when_a_day_ends(exchange, day, square_off, close, expiry):
    ends = CALENDAR.ends(Exchange(exchange), day)
    found = (ends.square_off, ends.close, ends.expiry)
    assert tuple(each and f"{each:%H:%M}" for each in found) == (square_off, close, expiry)


def test_where_the_calendar_never_ends_no_day_does():
    ends = Calendar(always_open=True).ends(Exchange.NSE, TODAY)
    assert (ends.square_off, ends.close, ends.expiry) == (None, None, None)


def test_the_day_of_an_auctioned_share_ends_with_its_auction():
    ends = CALENDAR.ends(Exchange.NSE, TODAY, auctioned=True)
    assert f"{ends.close:%H:%M}" == "15:35"


@pytest.mark.parametrize(("units", "side"), [(10, Side.SELL), (-10, Side.BUY)])
async def test_an_intraday_position_is_squared_off_at_its_time_and_not_before(units, side):
    venue = held(units=units)
    venue.at("15:19:59")
    assert venue.net == units
    venue.at("15:20")
    assert venue.net == 0
    (row,) = venue.closings()
    assert (row.placed_by, row.tag, row.side, row.product) == (ClosedBy.RMS, None, side, MIS)
    assert (row.status, row.filled_quantity, row.average_price) == (OrderStatus.COMPLETE, 10, 1500)


async def test_what_is_not_intraday_stays():
    venue = held(product=CNC)
    venue.at("15:20")
    venue.at("15:40")
    assert venue.net == 10
    assert venue.closings() == []


async def test_it_walks_what_is_shown_and_takes_the_rest_from_the_next_ticks():
    venue = held(units=10)
    venue.tick("NSE", "INFY", D(1490), units=4)
    venue.at("15:20")
    assert venue.net == 6
    venue.at("15:20:01")
    assert venue.net == 6, "a tick is used once"
    venue.tick("NSE", "INFY", D(1480), units=4)
    venue.tick("NSE", "INFY", D(1470), units=4)
    assert venue.net == 0
    (row,) = venue.closings()
    assert row.average_price == D("1482")


async def test_orders_that_wait_are_cancelled_before_and_say_why():
    venue = held(units=10)
    assert isinstance(await venue.outcome(venue.place("KCE1", Side.SELL, price=D(1510))), Acked)
    assert isinstance(await venue.outcome(venue.place("KCN1", product=CNC, price=D(1400))), Acked)
    venue.at("15:20")
    rows = await venue.rows()
    assert (rows["KCE1"].status, rows["KCE1"].status_message) == (
        OrderStatus.CANCELLED,
        CANCELLED_BY_RMS,
    )
    assert rows["KCN1"].status is OrderStatus.OPEN
    assert venue.net == 0
    venue.tick("NSE", "INFY", D(1520))
    assert venue.net == 0, "the exit that was cancelled does not fill as well"


async def test_after_it_no_new_intraday_position_is_taken_and_nothing_is_closed_twice():
    venue = held(units=10)
    venue.tick("NSE", "INFY", D(1490), units=4)
    venue.at("15:20")
    for tag, side in (("KCN2", Side.BUY), ("KCX2", Side.SELL)):
        refused = await venue.outcome(venue.place(tag, side, quantity=6, price=D(1490)))
        assert isinstance(refused, Refused)
        assert refused.kind is RefusalKind.INPUT
        assert "square-off" in refused.message
    assert isinstance(await venue.outcome(venue.place("KCN3", product=CNC, price=D(1490))), Acked)
    venue.tick("NSE", "INFY", D(1480), units=100)
    assert {row.product: row.quantity for row in venue.paper.positions()} == {MIS: 0, CNC: 10}


async def test_an_exit_that_comes_before_the_look_closes_and_leaves_nothing_to_square_off():
    venue = held(units=10)
    venue.clock.at = NOW.replace(hour=15, minute=20)
    done = await venue.outcome(venue.place("KCX4", Side.SELL, price=D(1490)))
    assert isinstance(done, Acked)
    assert venue.net == 0
    venue.paper.pass_time()
    assert venue.closings() == []


async def test_without_a_price_nothing_is_closed_and_that_is_said_once_until_one_comes():
    venue = Timed()
    venue.holds(10, "TCS")
    venue.at("15:20")
    assert venue.said == [], "a first price gets its time"
    for second in range(1, 9):
        venue.at(f"15:20:{second:02d}")
    assert venue.net == 10
    assert timedelta(seconds=5) == NO_PRICE
    (said,) = venue.said
    assert "no price of TCS comes" in said
    venue.tick("NSE", "TCS", D(3000))
    assert venue.net == 0
    assert len(venue.closings()) == 1


async def test_a_square_off_without_a_price_ends_with_the_session_and_a_late_price_closes():
    venue = Timed()
    venue.holds(10, "TCS")
    venue.at("15:20")
    venue.at("15:30")
    venue.at("15:30:06")
    (row,) = venue.closings()
    assert (row.status, row.filled_quantity) == (OrderStatus.CANCELLED, 0)
    assert venue.net == 10
    assert any("is late" in said for said in venue.said)
    venue.tick("NSE", "TCS", D(3000))
    venue.at("15:31")
    assert venue.net == 0


async def test_what_the_session_leaves_goes_at_the_last_price_and_says_so():
    venue = held(units=10)
    venue.tick("NSE", "INFY", D(1490), units=4)
    venue.at("15:20")
    venue.at("15:30")
    assert venue.net == 0
    (row,) = venue.closings()
    assert "last known price" in row.status_message
    venue.at("15:31")
    assert len(venue.closings()) == 1


async def test_an_auctioned_share_waits_for_the_price_of_its_auction():
    venue = Timed()
    venue.auctioned = True
    venue.price("1500")
    venue.holds()
    venue.at("15:20")
    assert venue.net == 10, "what the auction fills is not known before its price"
    venue.at("15:31")
    venue.tick("NSE", "INFY", D(1512))
    venue.at("15:35")
    assert venue.net == 0
    (row,) = venue.closings()
    assert row.average_price == 1512


async def test_a_life_that_begins_after_the_close_closes_at_the_first_price_and_no_life_closes_twice():
    venue = Timed()
    venue.clock.at = NOW.replace(hour=16)
    venue.holds()
    for second in range(8):
        venue.at(f"16:00:{second:02d}")
    assert venue.net == 10
    assert len(venue.said) == 1
    assert venue.closings() == [], "no order stands in a market that is closed"
    venue.price("1505")
    venue.at("16:00:09")
    assert (venue.net, [row.average_price for row in venue.closings()]) == (0, [1505])
    again = Timed()
    again.clock.at = NOW.replace(hour=16, minute=1)
    again.price("1505")
    again.paper.restore([], [])
    again.paper.pass_time()
    assert again.closings() == []


async def test_two_lives_never_share_the_id_of_a_square_off():
    ids = set()
    for second in (0, 1):
        venue = held()
        venue.at(f"15:20:{second:02d}")
        ids |= {row.order_id for row in venue.closings()}
    assert len(ids) == 2


async def test_day_orders_end_with_their_close_and_are_not_taken_after_it():
    venue = held(product=CNC)
    assert isinstance(await venue.outcome(venue.place("KCN5", product=CNC, price=D(1400))), Acked)
    venue.at("15:29:59")
    assert (await venue.rows())["KCN5"].status is OrderStatus.OPEN
    venue.at("15:30")
    row = (await venue.rows())["KCN5"]
    assert (row.status, row.status_message) == (OrderStatus.CANCELLED, CANCELLED_AT_CLOSE)
    refused = await venue.outcome(venue.place("KCN6", product=CNC, price=D(1400)))
    assert isinstance(refused, Refused)
    assert "After Market Order" in refused.message


@pytest.mark.parametrize(
    ("kind", "strike", "last", "underlying", "price"),
    [
        (FUTURE, 0, "101", "100", "101"),
        (FUTURE, 0, None, "100", None),
        (CALL, 90, "9", "100", "10"),
        (CALL, 100, "1", "100", "0"),
        (CALL, 101, "1", "100", "0"),
        (PUT, 110, "9", "100", "10"),
        (PUT, 100, "1", "100", "0"),
        (PUT, 99, "1", "100", "0"),
        (CALL, 90, "9.50", None, "9.50"),
        (CALL, 90, None, None, None),
    ],
)
def test_at_which_price_a_contract_is_settled(kind, strike, last, underlying, price):
    instrument = an_instrument(kind, strike=D(strike))
    found = settlement_price(
        instrument, last=last and D(last), underlying=underlying and D(underlying)
    )
    assert found == (price and D(price))


def tick_of(venue: Timed, instrument: Instrument, rupees: str) -> None:
    venue.board.update(
        [
            Quote(
                exchange=instrument.exchange, symbol=instrument.symbol, instrument_token=1,
                last_price=D(rupees), has_depth=True, bids=(Level(D(rupees), 5),), asks=(),
            )
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exchange", "before", "after"),
    [("NFO", "15:39:59", "15:40"), ("CDS", "12:29:59", "12:30"), ("MCX", "23:29:59", "23:30")],
)
async def test_a_contract_is_settled_when_its_last_day_is_over(exchange, before, after):
    contract = an_instrument(exchange=exchange)
    venue = Timed(contract)
    tick_of(venue, contract, "101.50")
    venue.holds(50, "X", NRML, exchange)
    venue.at(before)
    assert venue.net == 50
    venue.at(after)
    assert venue.net == 0
    (row,) = venue.closings()
    assert (row.placed_by, row.side, row.average_price) == (
        ClosedBy.EXPIRY, Side.SELL, D("101.50")
    )  # fmt: skip
    venue.at("23:40")
    assert len(venue.closings()) == 1


async def test_a_contract_of_another_day_is_not_settled():
    contract = an_instrument(expiry=TODAY + timedelta(days=1))
    venue = Timed(contract)
    tick_of(venue, contract, "101.50")
    venue.holds(50, "X", NRML, "NFO")
    venue.at("15:40")
    assert venue.net == 50


async def test_an_option_out_of_the_money_is_worth_nothing_and_its_orders_end():
    contract = an_instrument(CALL, exchange="NFO", name="INFY", strike=D(1600))
    venue = Timed(contract)
    venue.price("1500")
    tick_of(venue, contract, "0.05")
    venue.holds(-50, "X", NRML, "NFO")
    resting = venue.place(
        "KCO1", exchange="NFO", symbol="X", product=NRML, quantity=50, price=D("0.05")
    )
    assert isinstance(await venue.outcome(resting), Acked)
    venue.at("15:40")
    assert venue.net == 0
    (row,) = venue.closings()
    assert (row.side, row.average_price) == (Side.BUY, 0)
    assert (await venue.rows())["KCO1"].status is OrderStatus.CANCELLED


async def test_a_contract_without_a_price_is_not_settled_and_that_is_said():
    venue = Timed(an_instrument())
    venue.holds(50, "X", NRML, "NFO")
    for second in range(8):
        venue.at(f"15:40:{second:02d}")
    assert venue.net == 50
    (said,) = venue.said
    assert "settlement" in said
