"""What a paper account holds, what that and its orders block, and whether another is affordable. Pure.

The margins are flat and on the high side of what exchanges block, so that paper refuses rather too early
than too late; spreads and hedges are not netted. A closing order needs nothing, so that no exit is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, Product, Side
from engine.core.values.orders import Funds, OrderRow, PositionRow

#: Part of the value blocked for shares. Source: SEBI's peak margin rule (2021-09): 20 per cent at least
#: for intraday; 50 for MTF is above what most of its list needs (Zerodha, MTF approved list).
_SHARES = {Product.CNC: Decimal(1), Product.MIS: Decimal("0.20"), Product.MTF: Decimal("0.50")}
#: Part of the contract value blocked for futures and sold options: SPAN and exposure come to about 12 per
#: cent on an index and 20 on a share (Zerodha margin calculator, read 2026-11); 3 on currencies.
_INDEX, _STOCK, _CURRENCY = Decimal("0.12"), Decimal("0.20"), Decimal("0.03")
_EQUITY = frozenset({Exchange.NSE, Exchange.BSE})

_Name = tuple[str, str, Product]


def margin(
    instrument: Instrument,
    *,
    product: Product,
    side: Side,
    quantity: int,
    price: Decimal,
    index: bool,
) -> Decimal | None:
    """Return the rupees blocked for opening a position.

    Args:
        instrument: What is traded.
        product: Of the order.
        side: A bought option costs its premium and no more.
        quantity: Units.
        price: Rupees.
        index: Whether the underlying is an index.

    Returns:
        Rupees; None on MCX, where Kite's list does not tell how many units a lot is; see ``Tariff.per_lot``.
    """
    if instrument.exchange == Exchange.MCX:
        return None
    value = price * quantity
    if instrument.exchange in _EQUITY:
        return value * _SHARES.get(product, Decimal(1))
    if instrument.kind.is_option and side is Side.BUY:
        return value
    part = _INDEX if index else _STOCK
    if instrument.exchange == Exchange.CDS:
        part = _CURRENCY
    return part * (instrument.strike * quantity if instrument.kind.is_option else value)


@dataclass(slots=True)
class Purse:
    """Positions of one paper account; changed by its own fills only."""

    rows: dict[_Name, PositionRow] = field(default_factory=dict)
    realised: Decimal = Decimal(0)

    def fill(self, row: OrderRow, quantity: int, price: Decimal) -> None:
        """Book units of an order at a price in rupees."""
        name = (row.exchange, row.symbol, row.product)
        empty = PositionRow(
            exchange=row.exchange, symbol=row.symbol, product=row.product, quantity=0
        )
        held = self.rows.get(name, empty)
        signed = row.side.sign * quantity
        closing = min(quantity, max(0, -row.side.sign * held.quantity))
        self.realised += -row.side.sign * closing * (price - held.average_price)
        after, opening = held.quantity + signed, quantity - closing
        average = held.average_price
        if opening:
            before = abs(after) - opening
            average = (before * average + opening * price) / abs(after)
        self.rows[name] = replace(
            held, quantity=after, average_price=average if after else Decimal(0)
        )

    def begin_day(self, is_over: Callable[[str, str], bool]) -> None:
        """Drop what the night has ended: intraday positions, expired contracts; profit begins at nothing.

        Args:
            is_over: Tells by exchange and symbol whether a contract has expired.
        """
        self.realised = Decimal(0)
        self.rows = {
            name: row
            for name, row in self.rows.items()
            if row.quantity and row.product is not Product.MIS and not is_over(name[0], name[1])
        }

    def opening(self, row: OrderRow, others: Iterable[OrderRow]) -> int:
        """Return the units of an order that open or enlarge a position.

        What earlier orders of the same side may still close is counted as closed by them.
        """
        held = self.rows.get((row.exchange, row.symbol, row.product))
        closable = max(0, -row.side.sign * (held.quantity if held is not None else 0))
        earlier = sum(
            each.remaining_quantity
            for each in others
            if each.side is row.side
            and (each.exchange, each.symbol, each.product)
            == (row.exchange, row.symbol, row.product)
        )
        return max(0, row.remaining_quantity - max(0, closable - earlier))

    def deliverable(self, symbol: str) -> int:
        """Return the shares of a symbol that may be delivered, over both exchanges."""
        return sum(
            each.quantity
            for each in self.rows.values()
            if each.symbol == symbol and each.product is Product.CNC
        )


def spendable(funds: Funds, instrument: Instrument) -> Decimal:
    """Return what the account may spend on an instrument, rupees, before paper orders."""
    return funds.commodity if instrument.exchange == Exchange.MCX else funds.equity
