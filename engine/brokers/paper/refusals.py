"""What a paper order is refused for, before it reaches the book: the rules and words of the live one. Pure.

The kinds are those that the reading of Kite's answers comes to, so that the engine does the same on paper; one
suite asks both venues (tests/contracts/venues). Sources of the rules stand at each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from engine.brokers.paper.bands import limit_range
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, OrderType, Product, Side, Validity
from engine.core.values.orders import OrderRow, Quote
from engine.core.values.translate import STOPS, takes_market, takes_stop_market

_SHARES = frozenset({Exchange.NSE, Exchange.BSE})
_OF_SHARES = frozenset({Product.CNC, Product.MIS, Product.MTF})
_OF_OTHERS = frozenset({Product.NRML, Product.MIS})
#: Status of Kite's own validation (Kite Connect docs, exceptions).
_BAD_INPUT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a rule may look at.

    Attributes:
        row: The order as it would be; for a modification, with the changes in it.
        instrument: None where today's list does not have it.
        quote: The newest tick; None before the first: rules of price then pass.
        today: In India.
        is_open: Whether the segment takes orders now.
    """

    row: OrderRow
    instrument: Instrument | None
    quote: Quote | None
    today: date
    is_open: bool


def refusal(question: Question) -> Refused | None:
    """Return the first rule that an order breaks, in Kite's words; None where it is taken."""
    row, instrument = question.row, question.instrument
    if instrument is None or (instrument.expiry is not None and instrument.expiry < question.today):
        return _input(
            "The instrument you are placing an order for has either expired or does not exist."
        )
    for rule in _RULES:
        found = rule(row, instrument, question.quote)
        if found is not None:
            return found
    if not question.is_open:
        return _input("Markets are closed right now. Place an After Market Order (AMO).")
    return None


def busy(participle: str) -> Refused:
    """Return what a change of an order that has ended comes to. Source: Kite forum 9899, 8106."""
    return Refused(
        kind=RefusalKind.BUSY,
        message=f"Order cannot be {participle} as it is being processed. Try later.",
        http_status=_BAD_INPUT,
    )


def too_many_changes() -> Refused:
    """Return what one modification too many comes to. Source: Kite forum 9201."""
    return _input("Maximum allowed order modifications exceeded.")


def squared_off() -> Refused:
    """Return what a new intraday position comes to after the square-off time.

    Source: Zerodha support, "auto square-off timings for open intraday positions"; the words are ours.
    """
    return _input(
        "MIS orders are not taken after the intraday square-off time: positions are squared off now."
    )


def _input(message: str) -> Refused:
    return Refused(kind=RefusalKind.INPUT, message=message, http_status=_BAD_INPUT)


def _product(row: OrderRow, instrument: Instrument, _: Quote | None) -> Refused | None:
    """Source: Kite Connect docs, orders (products by segment)."""
    allowed = _OF_SHARES if instrument.exchange in _SHARES else _OF_OTHERS
    if row.product in allowed:
        return None
    return _input(f"Product {row.product} is not allowed for {instrument.exchange} orders.")


def _quantity(row: OrderRow, instrument: Instrument, _: Quote | None) -> Refused | None:
    """Source: lots of the instruments dump; freeze as in Kite forum comment 42709."""
    if row.quantity <= row.filled_quantity:
        return _input("Quantity cannot be less than or equal to the traded quantity.")
    lot, freeze = instrument.lot_size, instrument.freeze_quantity
    if row.quantity % lot:
        return _input(f"Quantity should be in multiples of the lot size {lot}.")
    if freeze is None or row.quantity <= freeze:
        return None
    return Refused(
        kind=RefusalKind.FREEZE,
        message=f"The order quantity {row.quantity} ({row.quantity // lot} lots) is higher than the "
        f"maximum quantity of {freeze} ({freeze // lot} lots) allowed by the exchanges per order.",
        http_status=_BAD_INPUT,
        freeze_quantity=freeze,
    )


def _validity(row: OrderRow, instrument: Instrument, _: Quote | None) -> Refused | None:
    """Source: Kite forum discussion 15912: MCX takes no IOC in the algo segment."""
    if row.validity is Validity.IOC and instrument.exchange == Exchange.MCX:
        return _input("IOC orders are not allowed for MCX.")
    return None


def _order_type(row: OrderRow, instrument: Instrument, _: Quote | None) -> Refused | None:
    """Source: Zerodha support, order types; Kite forum comment 52991 for the protection."""
    if row.order_type is OrderType.SL_M and not takes_stop_market(instrument):
        return _input("SL-M orders are not allowed for this instrument. Use an SL order.")
    if row.order_type not in (OrderType.MARKET, OrderType.SL_M):
        return None
    if not takes_market(instrument):
        return Refused(
            kind=RefusalKind.NO_MARKET,
            message="Market orders are not allowed for this instrument. Use a LIMIT order.",
            http_status=_BAD_INPUT,
        )
    if not row.market_protection:
        return _input(
            "Market orders without market protection are not allowed via API. "
            "Please set market protection or use a Limit order."
        )
    return None


def _price(row: OrderRow, instrument: Instrument, quote: Quote | None) -> Refused | None:
    if row.order_type not in (OrderType.LIMIT, OrderType.SL):
        return None
    found = _range(row.price, instrument, quote, "price")
    if found is not None or quote is None or row.price is None:
        return found
    band = limit_range(instrument, quote.last_price)
    if band is None or band[0] <= row.price <= band[1]:
        return None
    low, high = (edge.quantize(Decimal("0.01")) for edge in band)
    return Refused(
        kind=RefusalKind.PRICE,
        message="Price exceeds circuit limits for the instrument. "
        f"Place an order within the range of {low} and {high}.",
        http_status=_BAD_INPUT,
        lowest=low,
        highest=high,
    )


def _range(
    price: Decimal | None, instrument: Instrument, quote: Quote | None, name: str
) -> Refused | None:
    """Return why a price is off the tick or beyond the day's circuit, where that is known."""
    if price is None or price <= 0:
        return _input(f"Invalid `{name}`.")
    if price % instrument.tick_size:
        return _input(
            f"Tick size for this script is {instrument.tick_size}. "
            "Kindly enter price in the multiple of tick size for this script."
        )
    low, high = (quote.lower_circuit, quote.upper_circuit) if quote is not None else (None, None)
    if low is not None and price < low:
        return Refused(
            kind=RefusalKind.PRICE,
            message=f"Your order price is lower than the current lower circuit limit of {low}. "
            "Place an order within the daily range.",
            http_status=_BAD_INPUT,
            lowest=low,
        )
    if high is not None and price > high:
        return Refused(
            kind=RefusalKind.PRICE,
            message=f"Your order price is higher than the current upper circuit limit of {high}. "
            "Place an order within the daily range.",
            http_status=_BAD_INPUT,
            highest=high,
        )
    return None


def _trigger(row: OrderRow, instrument: Instrument, quote: Quote | None) -> Refused | None:
    """Source: Zerodha support, order validation on Kite."""
    if row.order_type not in STOPS:
        return None
    found = _range(row.trigger_price, instrument, quote, "trigger_price")
    if found is not None or row.trigger_price is None:
        return found
    above = row.side is Side.BUY
    if quote is not None and (row.trigger_price - quote.last_price) * row.side.sign <= 0:
        return Refused(
            kind=RefusalKind.TRIGGER,
            message=f"Trigger price for stoploss {row.side.lower()} orders should be "
            f"{'higher' if above else 'lower'} than the last traded price ({quote.last_price}).",
            http_status=_BAD_INPUT,
        )
    if (
        row.order_type is OrderType.SL
        and row.price is not None
        and (row.price - row.trigger_price) * row.side.sign < 0
    ):
        return _input(
            f"Price of a stoploss {row.side.lower()} order should be "
            f"{'above' if above else 'below'} its trigger price or equal to it."
        )
    return None


_RULES: tuple[Callable[[OrderRow, Instrument, Quote | None], Refused | None], ...] = (
    _product,
    _quantity,
    _validity,
    _order_type,
    _price,
    _trigger,
)
