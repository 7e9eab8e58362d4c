"""The margin and charges calculators: what orders would block and cost.

The figures are this exchange's own margins and round rates, not a broker's tariff.

Source: Kite Connect docs, margin calculation, for the shape.
"""

import json
from collections.abc import Sequence
from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.desk import Desk
from demo.exchange.drafts import draft
from demo.exchange.instruments import Instruments
from demo.exchange.margins import Purse, margin, segment_of
from demo.exchange.orders import Order
from demo.exchange.portfolio import Portfolio
from demo.exchange.tickets import Ticket, read_ticket
from demo.exchange.wire import JSON_BODY, Fields, Row, bad_input, number, one

_BROKERAGE = Decimal(20)
_GST = Decimal("0.18")


def read_orders(fields: Fields, instruments: Instruments) -> list[Ticket]:
    """Parse a JSON array of orders.

    Raises:
        KiteError: 400: no array, or a malformed order in it.
    """
    try:
        parsed = json.loads(one(fields, JSON_BODY) or "")
    except ValueError:
        raise bad_input("Invalid JSON.") from None
    if not isinstance(parsed, list) or not all(isinstance(each, dict) for each in parsed):
        raise bad_input("Invalid JSON.")
    tickets: list[Ticket] = []
    for each in parsed:
        sent = {name: str(value) for name, value in each.items() if value is not None}
        if sent.get("price") in {"0", "0.0"} and "average_price" in sent:
            sent["price"] = sent["average_price"]
        tickets.append(read_ticket(sent.get("variety", "regular"), sent, instruments))
    return tickets


def margin_rows(desk: Desk, account: Account, tickets: Sequence[Ticket]) -> list[Row]:
    """Return the data of ``POST /margins/orders``: each order beside what the account has."""
    purse = desk.purse(account)
    orders = [_order(desk, account, ticket) for ticket in tickets]
    return [_margin_row(order, purse.required(order)) for order in orders]


def basket_margins(
    desk: Desk, account: Account, tickets: Sequence[Ticket], *, consider_positions: bool
) -> Row:
    """Return the data of ``POST /margins/basket``: before and after what nets off."""
    orders = [_order(desk, account, ticket) for ticket in tickets]
    owned = desk.portfolios[account.user_id] if consider_positions else Portfolio()
    finals = [_margin_row(order, Purse(account, owned, orders).required(order)) for order in orders]
    initials = [_margin_row(order, _alone(order)) for order in orders]
    return {
        "initial": _sum(initials),
        "final": _sum(finals),
        "orders": initials,
        "charges": _charges(orders[0]) if len(orders) == 1 else {},
    }


def charge_rows(tickets: Sequence[Ticket]) -> list[Row]:
    """Return the data of ``POST /charges/orders``."""
    return [
        {
            "transaction_type": ticket.side.value,
            "tradingsymbol": ticket.instrument.tradingsymbol,
            "exchange": ticket.instrument.exchange,
            "variety": ticket.variety,
            "product": ticket.product,
            "order_type": ticket.order_type,
            "quantity": ticket.quantity,
            "price": number(ticket.price),
            "charges": _charge_row(ticket.price * ticket.quantity * ticket.instrument.multiplier),
        }
        for ticket in tickets
    ]


def _order(desk: Desk, account: Account, ticket: Ticket) -> Order:
    last = desk.market.touch(ticket.instrument).last
    return draft(account, ticket, order_id="0", last=last, at=desk.now())


def _alone(order: Order) -> Decimal:
    return margin(
        order.instrument,
        product=order.product,
        side=order.side,
        quantity=order.quantity,
        price=order.price or order.trigger_price,
    )


def _margin_row(order: Order, required: Decimal) -> Row:
    premium = order.instrument.is_option and order.side == "BUY"
    return {
        "type": segment_of(order.instrument),
        "tradingsymbol": order.instrument.tradingsymbol,
        "exchange": order.instrument.exchange,
        "span": 0.0 if order.instrument.is_equity or premium else number(required),
        "exposure": 0.0,
        "option_premium": number(required) if premium else 0.0,
        "additional": 0.0,
        "bo": 0.0,
        "cash": 0.0,
        "var": number(required) if order.instrument.is_equity else 0.0,
        "pnl": {"realised": 0.0, "unrealised": 0.0},
        "leverage": 1,
        "charges": _charges(order),
        "total": number(required),
    }


def _sum(rows: Sequence[Row]) -> Row:
    names = ("span", "exposure", "option_premium", "additional", "bo", "cash", "var", "total")
    return {name: sum(float(str(row[name])) for row in rows) for name in names}


def _charges(order: Order) -> Row:
    price = order.price or order.trigger_price
    return _charge_row(price * order.quantity * order.instrument.multiplier)


def _charge_row(value: Decimal) -> Row:
    tax, turnover = value * Decimal("0.0001"), value * Decimal("0.00003")
    gst = (_BROKERAGE + turnover) * _GST
    return {
        "transaction_tax": round(number(tax), 4),
        "transaction_tax_type": "stt",
        "exchange_turnover_charge": round(number(turnover), 4),
        "sebi_turnover_charge": 0.0,
        "brokerage": number(_BROKERAGE),
        "stamp_duty": 0.0,
        "gst": {
            "igst": round(number(gst), 4),
            "cgst": 0.0,
            "sgst": 0.0,
            "total": round(number(gst), 4),
        },
        "total": round(number(tax + turnover + _BROKERAGE + gst), 4),
    }
