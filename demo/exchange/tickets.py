"""Reading an order request: from form fields to typed values, with Kite's refusals."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NotRequired, Required, TypedDict

from demo.exchange.instruments import Instrument, Instruments
from demo.exchange.matching import Side
from demo.exchange.wire import Fields, bad_input, one

ORDER_TYPES = frozenset({"MARKET", "LIMIT", "SL", "SL-M"})
PRODUCTS = frozenset({"CNC", "NRML", "MIS", "MTF", "CO"})
VALIDITIES = frozenset({"DAY", "IOC", "TTL"})
VARIETIES = frozenset({"regular", "amo", "co", "iceberg", "auction"})


class AppOrder(TypedDict, total=False):
    """What a person types into the order window of the Kite app."""

    exchange: Required[str]
    tradingsymbol: Required[str]
    transaction_type: Required[str]
    quantity: Required[int]
    product: Required[str]
    order_type: NotRequired[str]
    price: NotRequired[Decimal | str | float]
    trigger_price: NotRequired[Decimal | str | float]
    validity: NotRequired[str]
    validity_ttl: NotRequired[int]
    disclosed_quantity: NotRequired[int]
    market_protection: NotRequired[int | str]
    tag: NotRequired[str]
    variety: NotRequired[str]
    iceberg_legs: NotRequired[int]
    iceberg_quantity: NotRequired[int]


class AppChange(TypedDict, total=False):
    """What a person changes about a resting order in the Kite app."""

    quantity: int
    price: Decimal | str | float
    trigger_price: Decimal | str | float
    order_type: str
    validity: str
    disclosed_quantity: int
    market_protection: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A placement, parsed; not yet judged. Prices are rupees, quantities Kite units.

    `autoslice` asks for slices; `slice_of` is the parent id of a slice;
    `is_change` marks a resting order with a modification in it;
    `gtt_id` is the GTT that fired it; `placed_by` who placed it, where that is not the client.
    """

    variety: str
    instrument: Instrument
    side: Side
    order_type: str
    product: str
    quantity: int
    price: Decimal
    trigger_price: Decimal
    validity: str
    validity_ttl: int | None
    disclosed_quantity: int
    market_protection: Decimal
    tag: str | None
    iceberg_legs: int | None
    iceberg_quantity: int | None
    autoslice: bool = False
    slice_of: str | None = None
    is_change: bool = False
    gtt_id: int | None = None
    placed_by: str | None = None

    @property
    def sent_quantity(self) -> int:
        """Units of one order at the exchange: a leg of an iceberg, else the whole."""
        return self.iceberg_quantity or self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A modification, parsed; None leaves a value as it is."""

    quantity: int | None
    price: Decimal | None
    trigger_price: Decimal | None
    order_type: str | None
    validity: str | None
    disclosed_quantity: int | None
    market_protection: Decimal | None


def as_fields(values: AppOrder | AppChange) -> dict[str, str]:
    """Return what the app would send for these values."""
    return {name: str(value) for name, value in values.items()}


def app_fields(order: AppOrder) -> dict[str, str]:
    """Return what the app sends for an order, which is MARKET unless it has a price."""
    return {"order_type": "LIMIT" if "price" in order else "MARKET"} | as_fields(order)


def read_ticket(variety: str, fields: Fields, instruments: Instruments) -> Ticket:
    """Parse a placement.

    Raises:
        KiteError: 400 ``InputException``: a field is missing, malformed or names nothing.
    """
    if variety not in VARIETIES:
        raise bad_input("Invalid `variety`.")
    exchange, tradingsymbol = _needed(fields, "exchange"), _needed(fields, "tradingsymbol")
    instrument = instruments.find(exchange, tradingsymbol)
    if instrument is None:
        raise bad_input(
            "The instrument you are placing an order for has either expired or does not exist."
        )
    return Ticket(
        variety=variety,
        instrument=instrument,
        side=Side(_choice(fields, "transaction_type", frozenset(Side))),
        order_type=_choice(fields, "order_type", ORDER_TYPES),
        product=_choice(fields, "product", PRODUCTS),
        quantity=_positive(fields, "quantity"),
        price=_price(fields, "price") or Decimal(0),
        trigger_price=_price(fields, "trigger_price") or Decimal(0),
        validity=_choice(fields, "validity", VALIDITIES, default="DAY"),
        validity_ttl=_whole(fields, "validity_ttl"),
        disclosed_quantity=_whole(fields, "disclosed_quantity") or 0,
        market_protection=_percent(fields) or Decimal(0),
        tag=one(fields, "tag") or None,
        iceberg_legs=_whole(fields, "iceberg_legs"),
        iceberg_quantity=_whole(fields, "iceberg_quantity") if variety == "iceberg" else None,
        autoslice=one(fields, "autoslice") == "true",
        gtt_id=_whole(fields, "gtt_id"),
    )


def read_change(fields: Fields) -> Change:
    """Parse a modification.

    Raises:
        KiteError: 400 ``InputException``: a field is malformed.
    """
    order_type, validity = one(fields, "order_type"), one(fields, "validity")
    quantity = _whole(fields, "quantity")
    if quantity == 0:
        raise bad_input("Invalid `quantity`.")
    return Change(
        quantity=quantity,
        price=_price(fields, "price"),
        trigger_price=_price(fields, "trigger_price"),
        order_type=order_type and _choice(fields, "order_type", ORDER_TYPES),
        validity=validity and _choice(fields, "validity", VALIDITIES),
        disclosed_quantity=_whole(fields, "disclosed_quantity"),
        market_protection=_percent(fields),
    )


def _needed(fields: Fields, name: str) -> str:
    value = one(fields, name)
    if not value:
        raise bad_input(f"Missing or empty field `{name}`")
    return value


def _choice(
    fields: Fields, name: str, allowed: frozenset[str] | frozenset[Side], default: str | None = None
) -> str:
    value = one(fields, name) or default or _needed(fields, name)
    if value not in allowed:
        raise bad_input(f"Invalid `{name}`.")
    return value


def _whole(fields: Fields, name: str) -> int | None:
    value = one(fields, name)
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 12):
        raise bad_input(f"Invalid `{name}`.")
    return int(value)


def _positive(fields: Fields, name: str) -> int:
    value = _whole(fields, name)
    if not value:
        raise bad_input(f"Invalid `{name}`.")
    return value


def _price(fields: Fields, name: str) -> Decimal | None:
    value = _decimal(fields, name)
    if value is not None and value < 0:
        raise bad_input(f"Invalid `{name}`.")
    return value


def _percent(fields: Fields) -> Decimal | None:
    value = _decimal(fields, "market_protection")
    if value is not None and value != -1 and not 0 <= value <= 100:
        raise bad_input("Invalid `market_protection`.")
    return value


def _decimal(fields: Fields, name: str) -> Decimal | None:
    value = one(fields, name)
    if not value:
        return None
    try:
        parsed = Decimal(value)
    except InvalidOperation:
        raise bad_input(f"Invalid `{name}`.") from None
    if not parsed.is_finite():
        raise bad_input(f"Invalid `{name}`.")
    return parsed
