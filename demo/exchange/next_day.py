"""From one trading day to the next: what is carried, what is settled, what is gone.

Source: Kite Connect docs, orders (the book is of today only) and portfolio (a delivery is in
positions today and in holdings tomorrow; T1 is what was bought the day before).
"""

from dataclasses import replace
from decimal import Decimal

from demo.exchange.accounts import Account
from demo.exchange.desk import Desk
from demo.exchange.hours import INTRADAY
from demo.exchange.instruments import Instrument, Instruments
from demo.exchange.margins import segment_of
from demo.exchange.portfolio import Holding, Portfolio, PositionKey
from demo.exchange.positions import Position
from demo.exchange.square_off import square_off


def start_next_day(desk: Desk, instruments: Instruments) -> None:
    """End the day that was and open the books of the next; whoever moves the clock calls this.

    DAY orders are cancelled, intraday positions squared off (what RMS cannot close is carried as
    NRML or CNC), deliveries settled, gains paid out, prices taken as yesterday's close, expired
    contracts and their positions dropped. After-market orders, GTTs, sessions and the ledger stay.
    """
    desk.floor.end_day()
    desk.floor.auctions.clear()
    for account in desk.accounts:
        square_off(desk, account)
    desk.floor.end_day()
    today = desk.now().date()
    desk.market.start_day()
    instruments.drop_expired(today)
    desk.start_day()
    for account in desk.accounts:
        _carry(desk, account, instruments)
    for order in desk.orders.values():
        order.instrument = instruments.find(*order.instrument.key) or order.instrument


def _carry(desk: Desk, account: Account, instruments: Instruments) -> None:
    portfolio = desk.portfolios[account.user_id]
    _settle(portfolio, instruments)
    ended = tuple(portfolio.positions.values())
    arriving = {
        each.instrument.tradingsymbol: portfolio.delivery_net(each.instrument.tradingsymbol)
        for each in ended
    }
    portfolio.start_day()
    for position in ended:
        row = instruments.find(*position.instrument.key)
        _pay_out(position, account, last=desk.market.touch(position.instrument).last, open_=row)
        if row is None or not position.quantity:
            continue
        product = _tomorrow(position)
        if product == "CNC":
            symbol = row.tradingsymbol
            # What was bought on one exchange and sold on the other does not arrive.
            units = position.quantity
            if position.product == "CNC":
                units = max(0, min(units, arriving[symbol]))
                arriving[symbol] -= units
            _deliver(portfolio, replace(position, instrument=row), units)
        else:
            _begin(portfolio, replace(position, instrument=row, product=product))


def _settle(portfolio: Portfolio, instruments: Instruments) -> None:
    """Take what was sold out of demat, and let what came yesterday settle."""
    kept: dict[str, Holding] = {}
    for symbol, holding in portfolio.holdings.items():
        used, used_t1 = holding.used(portfolio.delivery_net(symbol))
        left = holding.quantity + holding.t1_quantity - used - used_t1
        row = instruments.find(*holding.instrument.key)
        if left and row:
            kept[symbol] = Holding(
                instrument=row, quantity=left, average_price=holding.average_price
            )
    portfolio.holdings = kept


def _tomorrow(position: Position) -> str:
    """Return the product under which an open position is carried."""
    if position.product not in INTRADAY:
        return position.product
    return "CNC" if position.instrument.is_equity else "NRML"


def _deliver(portfolio: Portfolio, position: Position, units: int) -> None:
    """Put purchased units in demat as T1; a sale has left it already."""
    if units <= 0:
        return
    symbol = position.instrument.tradingsymbol
    holding = portfolio.holdings.setdefault(
        symbol,
        Holding(instrument=position.instrument, quantity=0, average_price=Decimal(0)),
    )
    before = holding.quantity + holding.t1_quantity
    value = holding.average_price * before + position.average_price * units
    holding.t1_quantity += units
    holding.average_price = value / (before + units)


def _begin(portfolio: Portfolio, position: Position) -> None:
    begun = portfolio.position(position.instrument, position.product)
    together = begun.overnight_quantity + position.quantity
    if together:
        begun.overnight_price = (
            begun.overnight_price * begun.overnight_quantity
            + position.average_price * position.quantity
        ) / together
    begun.overnight_quantity = together
    if not together:
        key = PositionKey(*position.instrument.key, position.product)
        del portfolio.positions[key]


def _pay_out(
    position: Position, account: Account, *, last: Decimal, open_: Instrument | None
) -> None:
    """Move a day's cash: the price of deliveries, the gain of what is closed or has expired.

    An intraday short in shares that RMS could not close is bought in at the last price.
    """
    unrealised = position.quantity * (last - position.average_price)
    gain = position.realised
    if open_ is None or (position.product in INTRADAY and _is_short_of_shares(position)):
        gain += unrealised * position.instrument.multiplier
    elif _tomorrow(position) == "CNC":
        gain = position.day_sell_value - position.day_buy_value
    if segment_of(position.instrument) == "commodity":
        account.commodity_funds += gain
    else:
        account.equity_funds += gain


def _is_short_of_shares(position: Position) -> bool:
    return position.instrument.is_equity and position.quantity < 0
