"""From a ticket to an order, and from a resting order and a change to the ticket it becomes."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.legs import IcebergLeg
from demo.exchange.matching import AUTOMATIC, protected_limit, protection_percent
from demo.exchange.orders import Order, Status
from demo.exchange.rules import ExchangeRules
from demo.exchange.tickets import Change, Ticket
from demo.exchange.wire import bad_input

#: Order types that wait for a trigger.
STOPS = frozenset({"SL", "SL-M"})


def draft(account: Account, ticket: Ticket, *, order_id: str, last: Decimal, at: datetime) -> Order:
    """Return the order a ticket makes; a MARKET becomes a LIMIT at its band.

    Args:
        account: Whose.
        ticket: Checked.
        order_id: Reserved before.
        last: Last traded price, rupees; the band is measured from it.
        at: The present.

    Source: Kite Connect docs, orders: such a row has tags ``mktp`` and ``market_protection`` 0.
    """
    order_type, price = ticket.order_type, ticket.price
    kite_tags: tuple[str, ...] = ()
    if ticket.slice_of:
        kite_tags = ("autoslice", f"autoslice:{ticket.slice_of}")
    if order_type == "MARKET":
        asked = ticket.market_protection or AUTOMATIC
        percent = protection_percent(ticket.instrument, asked, last)
        order_type, kite_tags = "LIMIT", (*kite_tags, "mktp", f"mktp:{percent:.2f}")
        price = protected_limit(ticket.side, instrument=ticket.instrument, last=last, asked=asked)
    keeps_trigger = order_type in STOPS or ticket.variety == "co"
    return Order(
        order_id=order_id,
        user_id=account.user_id,
        placed_by=ticket.placed_by or account.user_id,
        variety=ticket.variety,
        instrument=ticket.instrument,
        side=ticket.side,
        order_type=order_type,
        product=ticket.product,
        quantity=ticket.sent_quantity,
        price=Decimal(0) if order_type == "SL-M" else price,
        trigger_price=ticket.trigger_price if keeps_trigger else Decimal(0),
        validity=ticket.validity,
        validity_ttl=ticket.validity_ttl if ticket.validity == "TTL" else None,
        disclosed_quantity=ticket.disclosed_quantity,
        tag=ticket.tag,
        kite_tags=kite_tags,
        iceberg=_first_leg(ticket),
        gtt_id=ticket.gtt_id,
        requested_at=at,
    )


def _first_leg(ticket: Ticket) -> IcebergLeg | None:
    if not ticket.iceberg_quantity or not ticket.iceberg_legs:
        return None
    return IcebergLeg(
        leg=1,
        legs=ticket.iceberg_legs,
        leg_quantity=ticket.iceberg_quantity,
        total_quantity=ticket.quantity,
    )


def as_market(order: Order, last: Decimal) -> Order:
    """Return what becomes of a resting stop that is to trade now, as a cover order's exit."""
    band = protected_limit(order.side, instrument=order.instrument, last=last, asked=AUTOMATIC)
    return replace(order, order_type="LIMIT", price=band, trigger_price=Decimal(0), history=[])


def changed(order: Order, change: Change, rules: ExchangeRules) -> Ticket:
    """Return the ticket of a resting order with a modification in it.

    Raises:
        KiteError: 400: no more than what is filled already.
    """
    quantity = order.quantity
    if change.quantity is not None:
        quantity = change.quantity + (0 if rules.quantity_means_total else order.filled_quantity)
    if quantity <= order.filled_quantity:
        raise bad_input("Quantity cannot be less than or equal to the traded quantity.")
    # A stop that was triggered is a limit to the exchange; its trigger is not looked at again.
    triggered = order.status is Status.OPEN and order.order_type in STOPS
    kept_type = "LIMIT" if triggered else order.order_type
    if quantity != order.quantity and (order.iceberg or order.parent_order_id):
        kind = "an iceberg leg" if order.iceberg else "a second leg"
        raise bad_input(f"Quantity of {kind} cannot be modified.")
    return Ticket(
        # A cover order's second leg is judged as the stop that it is.
        variety="regular" if order.parent_order_id else order.variety,
        instrument=order.instrument,
        side=order.side,
        order_type=change.order_type or kept_type,
        product=order.product,
        quantity=quantity,
        price=_changed_price(order, change),
        trigger_price=(
            order.trigger_price if change.trigger_price is None else change.trigger_price
        ),
        validity=change.validity or order.validity,
        validity_ttl=order.validity_ttl,
        disclosed_quantity=(
            order.disclosed_quantity
            if change.disclosed_quantity is None
            else change.disclosed_quantity
        ),
        market_protection=change.market_protection or Decimal(0),
        tag=None,
        iceberg_legs=None,
        iceberg_quantity=None,
        is_change=True,
    )


def _changed_price(order: Order, change: Change) -> Decimal:
    if change.price is not None:
        return change.price
    if order.parent_order_id and change.trigger_price:
        # The limit of a cover order's second leg follows its trigger.
        return protected_limit(
            order.side, instrument=order.instrument, last=change.trigger_price, asked=AUTOMATIC
        )
    return order.price
