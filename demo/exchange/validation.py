"""What Kite refuses before an order ever reaches the book, in the order it is looked at.

Messages follow the public docs, Zerodha support and forum posts; Kite may reword them, so a
client should match them loosely. Each refusal is HTTP 400 ``InputException`` unless it says other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from demo.exchange.accounts import Account
from demo.exchange.bands import AuctionPhase, check_auction, check_protection, check_range
from demo.exchange.hours import INTRADAY, is_open
from demo.exchange.market import Touch
from demo.exchange.matching import Side
from demo.exchange.rules import ExchangeRules
from demo.exchange.tickets import Ticket
from demo.exchange.varieties import check_cover, check_iceberg
from demo.exchange.wire import bad_input

#: Longest tag. Source: Kite Connect docs, orders; longer is refused, not cut.
TAG_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything a rule may look at.

    Attributes:
        ticket: The order as it would be; for a modification, with the changes in it.
        account: Whose it is.
        touch: The market in the instrument.
        rules: Switches of the exchange.
        at: The present.
        by_api: False for a person in the Kite app, where protection is automatic.
        market_refused: True where this contract takes no MARKET orders today.
        intraday_refused: True where this share is not allowed for intraday trading.
        untraded: True where the contract has no trades today.
        auction: The phase of the closing auction the instrument is in, if any.
    """

    ticket: Ticket
    account: Account
    touch: Touch
    rules: ExchangeRules
    at: datetime
    by_api: bool
    market_refused: bool
    intraday_refused: bool = False
    untraded: bool = False
    auction: AuctionPhase | None = None


def check(question: Question) -> None:
    """Pass an order or refuse it.

    Raises:
        KiteError: The first rule that is broken, in Kite's words.
    """
    for rule in _RULES:
        rule(question)


def _variety(q: Question) -> None:
    if q.ticket.variety == "iceberg":
        check_iceberg(q.ticket)
    if q.ticket.variety == "co":
        check_cover(q.ticket, q.touch.last)
    if q.ticket.variety == "auction":
        raise bad_input(f"Orders of variety `{q.ticket.variety}` are not available right now.")


def _segment(q: Question) -> None:
    row = q.ticket.instrument
    if row.is_index:
        raise bad_input("Indices cannot be traded.")
    if row.exchange not in q.account.exchanges:
        raise bad_input(f"Your account is not enabled for trading in the {row.exchange} segment.")
    if row.expiry is not None and row.expiry < q.at.date():
        raise bad_input(
            "The instrument you are placing an order for has either expired or does not exist."
        )


def _tag(q: Question) -> None:
    tag = q.ticket.tag or ""
    if len(tag) > TAG_LENGTH:
        raise bad_input(f"Invalid `tag`. It can only be {TAG_LENGTH} characters long.")
    if tag and q.rules.alphanumeric_tags and not (tag.isascii() and tag.isalnum()):
        raise bad_input("Invalid `tag`. It can only have letters and digits.")


def _product(q: Question) -> None:
    row, product = q.ticket.instrument, q.ticket.product
    allowed = {"CNC", "MIS", "MTF"} if row.is_equity else {"NRML", "MIS"}
    if q.ticket.variety == "co":
        allowed = {"MIS", "CO"}
    if product not in allowed:
        raise bad_input(f"Product {product} is not allowed for {row.exchange} orders.")
    if q.intraday_refused and product in INTRADAY:
        # Source: Zerodha support, order validation on Kite: shares that take no MIS or CO.
        raise bad_input("MIS and CO orders are not allowed for this instrument. Use CNC.")


def _quantity(q: Question) -> None:
    row, quantity = q.ticket.instrument, q.ticket.sent_quantity
    if q.ticket.quantity % row.lot_size:
        quantity = q.ticket.quantity
    if quantity % row.lot_size:
        raise bad_input(f"Quantity should be in multiples of the lot size {row.lot_size}.")
    if row.freeze_quantity is not None and quantity > row.freeze_quantity:
        lots, most = quantity // row.lot_size, row.freeze_quantity // row.lot_size
        raise bad_input(
            f"The order quantity {quantity} ({lots} lots) is higher than the maximum quantity of "
            f"{row.freeze_quantity} ({most} lots) allowed by the exchanges per order."
        )


def _disclosed(q: Question) -> None:
    shown = q.ticket.disclosed_quantity
    if not shown:
        return
    if not q.ticket.instrument.is_equity:
        raise bad_input("Disclosed quantity is not allowed for this segment.")
    # A tenth is the exchanges' minimum for shares.
    if shown > q.ticket.quantity or shown * 10 < q.ticket.quantity:
        raise bad_input("Disclosed quantity should be at least 10% of the quantity, at most all.")


def _validity(q: Question) -> None:
    row, validity = q.ticket.instrument, q.ticket.validity
    if validity == "IOC" and row.exchange == "MCX":
        # Source: Kite forum discussion 15912: MCX takes no IOC in the algo segment.
        raise bad_input("IOC orders are not allowed for MCX.")
    if validity == "TTL" and not q.ticket.validity_ttl:
        raise bad_input("Invalid `validity_ttl`.")


def _order_type(q: Question) -> None:
    row, order_type = q.ticket.instrument, q.ticket.order_type
    # Source: BSE stopped SL-M in all segments; NSE refuses it for options (code 16052).
    if order_type == "SL-M" and (row.exchange in {"BSE", "BFO"} or row.is_option):
        raise bad_input("SL-M orders are not allowed for this instrument. Use an SL order.")
    if order_type in {"MARKET", "SL-M"}:
        _market(q)


def _market(q: Question) -> None:
    row = q.ticket.instrument
    # Source: Zerodha support, order validation on Kite: no MARKET for stock options at all, and
    # none for index options after hours.
    refused = row.is_option and (
        row.exchange == "MCX" or row.is_stock_derivative or q.ticket.variety == "amo"
    )
    if q.market_refused or refused:
        raise bad_input("Market orders are not allowed for this instrument. Use a LIMIT order.")
    if q.untraded:
        raise bad_input(
            "The market order was rejected since there are no trades in this instrument. "
            "Try placing a LIMIT order."
        )
    if q.by_api and not q.ticket.market_protection:
        # Source: Kite forum comment 52991, since 2026-04-01.
        raise bad_input(
            "Market orders without market protection are not allowed via API. "
            "Please set market protection or use a Limit order."
        )


def _price(q: Question) -> None:
    if q.ticket.order_type in {"LIMIT", "SL"}:
        check_range(q.ticket.instrument, q.ticket.price, "price")
        if q.rules.limit_price_protection:
            check_protection(q.ticket.instrument, q.ticket.price, q.touch.last)


def _trigger(q: Question) -> None:
    ticket, last = q.ticket, q.touch.last
    if ticket.order_type not in {"SL", "SL-M"}:
        return
    check_range(ticket.instrument, ticket.trigger_price, "trigger_price")
    above = ticket.side is Side.BUY
    if ticket.trigger_price <= last if above else ticket.trigger_price >= last:
        raise bad_input(
            f"Trigger price for stoploss {ticket.side.lower()} orders should be "
            f"{'higher' if above else 'lower'} than the last traded price ({last})."
        )
    if ticket.order_type == "SL" and ticket.price != ticket.trigger_price:
        wrong = (
            ticket.price < ticket.trigger_price if above else ticket.price > ticket.trigger_price
        )
        if wrong:
            raise bad_input(
                f"Price of a stoploss {ticket.side.lower()} order should be "
                f"{'above' if above else 'below'} its trigger price or equal to it."
            )


def _auction(q: Question) -> None:
    if q.auction is not None:
        check_auction(q.ticket, q.touch.last, q.auction)


def _hours(q: Question) -> None:
    if q.rules.always_open:
        return
    trading = is_open(q.ticket.instrument.exchange, q.at, shut=q.rules.extra_holidays)
    if q.ticket.variety == "amo":
        if trading:
            raise bad_input("After Market Orders (AMO) are not accepted during market hours.")
        return
    if not trading:
        raise bad_input("Markets are closed right now. Place an After Market Order (AMO).")


_RULES: tuple[Callable[[Question], None], ...] = (
    _segment, _tag, _product, _quantity, _disclosed, _variety, _validity, _order_type, _price,
    _trigger, _auction, _hours,
)  # fmt: skip
