"""The figures of Kite and the exchanges that the local exchange plays: a slip in one of them makes it another broker."""

from datetime import date, time
from decimal import Decimal

import pytest

from demo.exchange.bands import AUCTION_BAND, protection_band
from demo.exchange.hours import SESSIONS
from demo.exchange.rules import AuctionTimes, ExchangeRules, LimitRules
from demo.exchange.varieties import ICEBERG_LEGS
from engine.brokers.kite.stream import MAX_WATCHED
from engine.core.planning.changes import MOST_CHANGES
from engine.core.values.market import Exchange
from engine.core.values.sessions import Phase, usual_windows


def test_the_limits_are_those_that_kites_staff_name():
    """Kite forum comments 52882, 51959 (orders), 35150 (modifications) and 40313 (sockets); Kite Connect docs."""
    assert LimitRules() == LimitRules(
        orders_per_second=10,
        orders_per_minute=400,
        placements_per_day=5000,
        modifications_per_order=25,
        reads_per_second=10,
        quotes_per_second=1,
        candles_per_second=3,
    )
    rules = ExchangeRules()
    assert (rules.sockets_per_key, rules.tokens_per_socket, ICEBERG_LEGS) == (3, 3000, 50)
    assert rules.token_flush == time(6)


def test_what_the_program_keeps_to_is_no_more_than_what_the_exchange_takes():
    assert LimitRules().modifications_per_order == MOST_CHANGES
    assert ExchangeRules().tokens_per_socket == MAX_WATCHED


@pytest.mark.parametrize("exchange", list(Exchange))
def test_the_exchange_trades_when_the_programs_calendar_says_so(exchange):
    """Both are written down from the circulars: NSE FAOP74467 and the rest, on a day of the US summer."""
    windows = usual_windows(exchange, auctioned=False, us_winter=False)
    continuous = [each for each in windows if each.phase is Phase.CONTINUOUS]
    assert [(each.begins, each.ends) for each in continuous] == [SESSIONS[exchange.value]]


def test_the_closing_auction_is_held_when_the_programs_calendar_says_so():
    windows = usual_windows(Exchange.NSE, auctioned=True, us_winter=False)
    ends = {each.phase: each.ends for each in windows}
    assert AuctionTimes() == AuctionTimes(
        starts=ends[Phase.CONTINUOUS],
        limits_only=ends[Phase.AUCTION],
        ends=ends[Phase.AUCTION_LIMITS],
    )
    assert Decimal("0.03") == AUCTION_BAND


@pytest.mark.parametrize(
    ("symbol", "last", "low", "high"),
    [
        ("NIFTY26DEC26000CE", "100", "60", "140"),
        ("NIFTY26DEC26000CE", "30", "10", "50"),
        ("RELIANCE26DEC1540CE", "10", "0.05", "30"),
        ("RELIANCE26DECFUT", "1000", "970", "1030"),
        ("RELIANCE26DECFUT", "20", "18.5", "21.5"),
    ],
)
def test_the_limit_price_protection_is_that_of_the_notice(wide_listing, symbol, last, low, high):
    """BSE notice of 2026-06-29: options 40 per cent, at least 20 rupees; stock futures 3, at least 1.50."""
    row = wide_listing["NFO", symbol]
    assert protection_band(row, Decimal(last)) == (Decimal(low), Decimal(high))


@pytest.fixture
def wide_listing():
    """The instruments of a day on which shares have options too."""
    from demo.exchange.instruments import Instruments
    from demo.exchange.wide_catalogue import wide_catalogue

    return Instruments(wide_catalogue(date(2026, 11, 23)))
