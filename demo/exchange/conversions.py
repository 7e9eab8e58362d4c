"""Changing a position's product: no order, no frame, only the positions change.

Source: Kite Connect docs, portfolio (convert position).
"""

from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.desk import Desk
from demo.exchange.instruments import Instruments
from demo.exchange.judgement import margin_error
from demo.exchange.margins import margin, segment_of
from demo.exchange.matching import Side
from demo.exchange.portfolio import Conversion
from demo.exchange.wire import Fields, bad_input, one


def convert(desk: Desk, account: Account, instruments: Instruments, fields: Fields) -> Conversion:
    """Convert what a request asks for.

    Raises:
        KiteError: 400: malformed, more than there is, not allowed, or too dear.
    """
    conversion = _read(desk, instruments, fields)
    _check_product(conversion)
    portfolio = desk.portfolios[account.user_id]
    position = portfolio.position(conversion.instrument, conversion.old_product)
    if conversion.quantity > position.convertible(conversion.side, overnight=conversion.overnight):
        raise bad_input("Quantity to convert is more than the open quantity of the position.")
    last = desk.market.touch(conversion.instrument).last
    blocked = [
        margin(
            conversion.instrument,
            product=product,
            side=conversion.side,
            quantity=conversion.quantity,
            price=position.average_price or last,
        )
        for product in (conversion.old_product, conversion.new_product)
    ]
    more = blocked[1] - blocked[0]
    available = desk.purse(account).available(segment_of(conversion.instrument))
    if more > max(available, Decimal(0)):
        raise margin_error(more, available)
    portfolio.convert(conversion)
    return conversion


def convert_in_app(  # noqa: PLR0913 - what a person fills in, and where
    desk: Desk,
    user_id: str,
    instruments: Instruments,
    key: tuple[str, str, str],
    *,
    quantity: int,
    new_product: str,
    overnight: bool,
) -> Conversion:
    """Convert as a person does in the Kite app, who sees one position and its side.

    Args:
        desk: Where.
        user_id: Whose.
        instruments: What is listed.
        key: Exchange, symbol and present product.
        quantity: Units to convert.
        new_product: E.g. ``CNC``.
        overnight: Units that were carried in instead of opened today.

    Raises:
        KiteError: Refused; the position is as it was.
    """
    exchange, tradingsymbol, old_product = key
    held = desk.portfolios[user_id].net(instruments[exchange, tradingsymbol], old_product)
    fields = {
        "exchange": exchange,
        "tradingsymbol": tradingsymbol,
        "transaction_type": "BUY" if held > 0 else "SELL",
        "position_type": "overnight" if overnight else "day",
        "quantity": str(quantity),
        "old_product": old_product,
        "new_product": new_product,
    }
    return convert(desk, desk.accounts.by_user(user_id), instruments, fields)


def _read(desk: Desk, instruments: Instruments, fields: Fields) -> Conversion:
    found = instruments.find(one(fields, "exchange") or "", one(fields, "tradingsymbol") or "")
    if found is None:
        raise bad_input("Invalid `tradingsymbol`.")
    quantity, kind = one(fields, "quantity") or "", one(fields, "position_type")
    if not quantity.isdecimal() or int(quantity) == 0:
        raise bad_input("Invalid `quantity`.")
    if kind not in {"day", "overnight"}:
        raise bad_input("Invalid `position_type`.")
    side = one(fields, "transaction_type")
    if side not in frozenset(Side):
        raise bad_input("Invalid `transaction_type`.")
    return Conversion(
        instrument=found,
        side=Side(side),
        quantity=int(quantity),
        overnight=kind == "overnight",
        old_product=one(fields, "old_product") or "",
        new_product=one(fields, "new_product") or "",
        at=desk.now(),
    )


def _check_product(conversion: Conversion) -> None:
    row = conversion.instrument
    allowed = {"CNC", "MIS", "MTF"} if row.is_equity else {"NRML", "MIS"}
    for name in ("old_product", "new_product"):
        if getattr(conversion, name) not in allowed:
            raise bad_input(f"Invalid `{name}`.")
    if conversion.old_product == conversion.new_product:
        raise bad_input("The position has this product already.")
    if conversion.new_product == "CNC" and conversion.side is Side.SELL:
        raise bad_input("A short position cannot be converted to CNC.")
    if conversion.quantity % row.lot_size:
        raise bad_input(f"Quantity should be in multiples of the lot size {row.lot_size}.")
