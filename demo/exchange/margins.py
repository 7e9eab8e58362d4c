"""Funds: what an order needs, what an account has left, and the depository's word on deliveries.

The percentages are round figures of the right size, not SPAN: they make a poor account refuse and
a rich one accept. A closing order needs nothing.
"""

from collections.abc import Iterable
from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.instruments import Instrument
from demo.exchange.matching import Side
from demo.exchange.orders import Order
from demo.exchange.portfolio import Portfolio
from demo.exchange.wire import KiteError, Row, number

#: Part of the contract value that is blocked, by kind of contract.
_DERIVATIVE = {"NFO": "0.12", "BFO": "0.12", "MCX": "0.10", "CDS": "0.03"}
#: Part of the value that is blocked for shares, by product.
_SHARES = {"CNC": "1", "MIS": "0.20", "MTF": "0.25"}


def segment_of(instrument: Instrument) -> str:
    """Return the purse an instrument is paid from: ``equity`` or ``commodity``."""
    return "commodity" if instrument.exchange == "MCX" else "equity"


def margin(
    instrument: Instrument, *, product: str, side: Side, quantity: int, price: Decimal
) -> Decimal:
    """Return the rupees blocked for opening `quantity` units at `price`."""
    value = price * quantity * instrument.multiplier
    if instrument.is_equity:
        return value * Decimal(_SHARES.get(product, "1"))
    part = Decimal(_DERIVATIVE[instrument.exchange])
    if not instrument.is_option:
        return value * part
    if side is Side.BUY:
        return value  # the premium
    return instrument.strike * quantity * part


class Purse:
    """The funds of one account, reckoned afresh from its orders and positions."""

    def __init__(self, account: Account, portfolio: Portfolio, live: Iterable[Order]) -> None:
        """Take the account, what it owns, and its orders that are not terminal."""
        self._account = account
        self._portfolio = portfolio
        self._live = tuple(live)

    def opening(self, order: Order) -> int:
        """Return the units of `order` that open or enlarge a position.

        What earlier orders of the same side may still close is counted as closed by them.
        """
        held = self._portfolio.net(order.instrument, order.product)
        earlier = sum(
            each.pending_quantity
            for each in self._earlier(order)
            if each.side is order.side
            and each.instrument.key == order.instrument.key
            and each.product == order.product
        )
        closing = max(0, -order.side.sign * held - earlier)
        return max(0, order.pending_quantity - closing)

    def required(self, order: Order) -> Decimal:
        """Return the rupees the unfilled part of `order` blocks."""
        if order.product == "CNC" and order.side is Side.SELL:
            return Decimal(0)
        price = order.price or order.trigger_price
        return margin(
            order.instrument,
            product=order.product,
            side=order.side,
            quantity=self.opening(order),
            price=price,
        )

    def used(self, segment: str) -> Decimal:
        """Return the rupees blocked by positions and live orders."""
        orders = (
            self.required(each) for each in self._live if segment_of(each.instrument) == segment
        )
        return self._held(segment) + sum(orders, Decimal(0))

    def available(self, segment: str) -> Decimal:
        """Return the rupees that may still be used: opening cash, plus realised, less used."""
        realised = sum(
            (
                each.realised
                for each in self._portfolio.positions.values()
                if segment_of(each.instrument) == segment
            ),
            Decimal(0),
        )
        return self._cash(segment) + realised - self.used(segment)

    def shortfall(self, order: Order) -> tuple[Decimal, Decimal] | None:
        """Return (required, available) where `order`, which is not among the live, is too dear."""
        required = self.required(order)
        available = self.available(segment_of(order.instrument))
        return (required, available) if required > max(available, Decimal(0)) else None

    def row(self, segment: str) -> Row:
        """Return one segment of ``GET /user/margins``. Source: Kite Connect docs, user."""
        cash, net, used = self._cash(segment), self.available(segment), self.used(segment)
        return {
            "enabled": True,
            "net": number(net),
            "available": {
                "adhoc_margin": 0,
                "cash": number(cash),
                "opening_balance": number(cash),
                "live_balance": number(net),
                "collateral": 0,
                "intraday_payin": 0,
            },
            "utilised": {
                "debits": number(used),
                "exposure": 0,
                "m2m_realised": 0,
                "m2m_unrealised": 0,
                "option_premium": 0,
                "payout": 0,
                "span": number(used),
                "holding_sales": 0,
                "turnover": 0,
                "liquid_collateral": 0,
                "stock_collateral": 0,
                "delivery": 0,
            },
        }

    def deliverable(self, order: Order) -> tuple[int, int, int]:
        """Return the units a CNC sale may deliver: (bought today, settled in demat, T1).

        They are used up in this order, by what was sold and by earlier sales that still rest.

        Source: Kite Connect docs, holdings: `used_quantity` comes off `quantity` before T1.
        """
        position = self._portfolio.delivery_net(order.instrument.tradingsymbol)
        holding = self._portfolio.holdings.get(order.instrument.tradingsymbol)
        spent = max(-position, 0) + sum(
            each.pending_quantity
            for each in self._earlier(order)
            if each.side is Side.SELL
            and each.product == "CNC"
            and each.instrument.tradingsymbol == order.instrument.tradingsymbol
        )
        left: list[int] = []
        for units in (
            max(position, 0),
            holding.quantity if holding else 0,
            holding.t1_quantity if holding else 0,
        ):
            left.append(max(0, units - spent))
            spent = max(0, spent - units)
        return left[0], left[1], left[2]

    def check_authorised(self, order: Order) -> None:
        """Refuse a delivery from demat that the depository has no consent for.

        Raises:
            KiteError: 428, as Kite Connect docs, portfolio, describe.
        """
        if order.product != "CNC" or order.side is not Side.SELL or self._account.demat_consent:
            return
        bought, settled, _ = self.deliverable(order)
        wanted = min(order.quantity - bought, settled)
        holding = self._portfolio.holdings.get(order.instrument.tradingsymbol)
        if holding:
            delivered = holding.quantity - settled
            wanted -= max(0, holding.authorised_quantity - delivered)
        if wanted > 0:
            raise KiteError(
                428, "HoldingException", f"{wanted} quantity needs authorisation at depository."
            )

    def _earlier(self, order: Order) -> list[Order]:
        earlier: list[Order] = []
        for each in self._live:
            if each is order:
                break
            earlier.append(each)
        return earlier

    def _held(self, segment: str) -> Decimal:
        total = Decimal(0)
        for each in self._portfolio.positions.values():
            sold_delivery = each.product == "CNC" and each.quantity < 0
            if segment_of(each.instrument) == segment and each.quantity and not sold_delivery:
                total += margin(
                    each.instrument,
                    product=each.product,
                    side=Side.BUY if each.quantity > 0 else Side.SELL,
                    quantity=abs(each.quantity),
                    price=each.average_price,
                )
        return total

    def _cash(self, segment: str) -> Decimal:
        account = self._account
        return account.commodity_funds if segment == "commodity" else account.equity_funds
