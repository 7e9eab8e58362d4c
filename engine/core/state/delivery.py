"""Delivery: a share in demat is one holding, whichever exchange a row names.

What was bought on NSE may be sold on BSE, and Kite's holdings name either of the two.
Source: Kite Connect docs, portfolio (holdings).
"""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.core.state.accounts import Account
from engine.core.state.state import State
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import Exchange, OrderId, Product, Side
from engine.core.values.orders import HoldingRow, PositionRow

#: Products whose shares go to demat: they stay over days and can never be short.
DELIVERY = (Product.CNC, Product.MTF)
_OTHER_EXCHANGE = {Exchange.NSE: Exchange.BSE, Exchange.BSE: Exchange.NSE}


#: What the keys of one share or contract have in common, whatever their products.
Share = tuple[str, str]


def share_of(key: MasterKey | Key) -> Share:
    """Return what a key is of, whatever its product; a share is the same on NSE and BSE."""
    return key.symbol, "" if key.exchange in _OTHER_EXCHANGE else key.exchange


def is_delivery(key: MasterKey | Key) -> bool:
    """Return whether a key is of shares that go to demat."""
    return key.product in DELIVERY and key.exchange in _OTHER_EXCHANGE


def twin_of(key: MasterKey) -> MasterKey | None:
    """Return the same share's key on the other exchange; None where there is none."""
    if not is_delivery(key):
        return None
    return replace(key, exchange=_OTHER_EXCHANGE[Exchange(key.exchange)].value)


def ledger_key(state: State, key: MasterKey) -> MasterKey:
    """Return the key under which the ledger of a row's share is kept.

    One ledger a share: the key where a follower holds copies, else where the master holds or trades
    today, else the row's own. Orders still go to the exchange of the master's order.
    """
    twin = twin_of(key)
    if twin is None:
        return key
    for each in (key, twin):
        if any(book.held or book.virtual for book in state.books.get(each, {}).values()):
            return each
    for each in (key, twin):
        position = state.master.get(each)
        if position is not None and (position.net or position.orders):
            return each
    return key


def goes_short(key: MasterKey | Key, side: Side) -> bool:
    """Return whether an entry on this side would sell delivery shares that nobody holds."""
    return is_delivery(key) and side is Side.SELL


def same_share(key: MasterKey | Key, holdings: Iterable[HoldingRow]) -> frozenset[str]:
    """Return every symbol of a key's share: its own, and those of rows with the same ISIN."""
    rows = tuple(holdings)
    isins = {row.isin for row in rows if row.symbol == key.symbol and row.isin}
    return frozenset({key.symbol, *(row.symbol for row in rows if row.isin in isins)})


def delivery_net(account: Account, key: MasterKey | Key) -> int | None:
    """Return the units of a share that an account owns now, under the key's product.

    Holdings (settled, unsettled and sold today) plus the positions' net, over both exchanges. None
    where either was never read, or neither has a row: a row that is not there says nothing.
    """
    if account.positions is None or account.holdings is None:
        return None
    symbols = same_share(key, account.holdings)
    held = [row for row in account.holdings if row.symbol in symbols]
    traded = [row for row in account.positions if _is_of(row, symbols, key.product)]
    if not held and not traded:
        return None
    owned = sum(row.net_of(key.product) for row in held)
    # MTF shares carried over stand in the holdings, in the positions, or in both: never twice.
    twice = key.product is Product.MTF and owned != 0
    return owned + sum(row.quantity - (row.overnight_quantity if twice else 0) for row in traded)


def settled(account: Account, key: Key) -> int:
    """Return the units of a share that may be sold without touching T1: in demat, or bought today."""
    symbols = same_share(key, account.holdings or ())
    in_demat = sum(row.quantity for row in account.holdings or () if row.symbol in symbols)
    rows = [row for row in account.positions or () if _is_of(row, symbols, key.product)]
    return in_demat + max(0, sum(row.quantity for row in rows))


def unsettled(account: Account, key: Key) -> int:
    """Return how many of a share's units are T1: bought yesterday, and not in demat yet."""
    symbols = same_share(key, account.holdings or ())
    return sum(row.t1_quantity for row in account.holdings or () if row.symbol in symbols)


def _is_of(row: PositionRow, symbols: frozenset[str], product: Product) -> bool:
    return row.symbol in symbols and row.product is product and row.exchange in _OTHER_EXCHANGE


def news_of_holdings(
    account: Account, read: tuple[HoldingRow, ...] | None
) -> tuple[HoldingRow, ...] | None:
    """Return holdings that are to be journalled: None where no units of them, and no close, are others than known.

    Last prices change with every read; nothing is decided by them, and the journal stays small.
    """
    if read is None or account.holdings is None:
        return read
    return None if _units_of(read) == _units_of(account.holdings) else read


def _units_of(holdings: Iterable[HoldingRow]) -> dict[tuple[str, str, str], tuple[object, ...]]:
    return {
        (row.exchange, row.symbol, row.isin): (
            row.quantity,
            row.t1_quantity,
            row.used_quantity,
            row.mtf_quantity,
            row.mtf_used_quantity,
            row.close_price,
        )
        for row in holdings
    }


def instrument_of(state: State, key: MasterKey, order_id: OrderId) -> Instrument | None:
    """Return what a child of a master order is of: delivery shares on the exchange of that very order.

    Where his order is of an earlier day, or its exchange does not list the share today, on the
    ledger's exchange, else on the other one. What is no delivery share is held on its own exchange, and
    no order on another closes it. None where nothing of it is listed.
    """
    order = state.master_order(order_id)
    twin = twin_of(key)
    exchanges = [order.row.exchange] if order and twin else []
    exchanges += [key.exchange, *([twin.exchange] if twin else [])]
    found = (state.listed(exchange, key.symbol) for exchange in exchanges)
    return next((each for each in found if each is not None), None)
