"""What the exchange lists on a day of a plan, and what the program is told of it."""

from collections.abc import Sequence
from dataclasses import replace

from demo.exchange.exchange import Exchange
from demo.exchange.instruments import Instruments
from engine.brokers.kite.instruments import parse_dump
from engine.core.values.instruments import InstrumentBook
from tests.sim.sim_plan import SYMBOLS


def shorten_the_list(exchange: Exchange, symbols: Sequence[int]) -> None:
    """List only what is traded: every reading and step costs by the row."""
    traded = dict.fromkeys(SYMBOLS[number][:2] for number in symbols)
    kept = [exchange.instruments[each] for each in traded]
    short = Instruments(kept)
    exchange.instruments._by_key = short._by_key
    exchange.instruments._by_token = short._by_token
    for each in kept:
        exchange.set_price(each.exchange, each.tradingsymbol, each.close)


def cut_lots(exchange: Exchange, symbols: Sequence[int], *, by: int) -> dict[tuple[str, str], int]:
    """List derivatives with smaller lots; return the units per lot that they had."""
    former = {}
    for number in symbols:
        row = exchange.instruments[SYMBOLS[number][:2]]
        if row.lot_size > 1 and by > 1:
            exchange.instruments.replace(replace(row, lot_size=row.lot_size // by))
            former[SYMBOLS[number][:2]] = row.lot_size
    return former


def listed(exchange: Exchange) -> InstrumentBook:
    """Return what the exchange's dump says, read by the real parser."""
    return parse_dump(exchange.instruments.csv()).book
