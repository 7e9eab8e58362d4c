"""Whether the exchange takes an entry at this moment. Nothing here is ever asked about an exit.

After-market orders are not placed: an order of the master that is queued for the open (``AMO REQ
RECEIVED``) counts for nothing until it is at the exchange, and is judged then like any other.
"""

from datetime import datetime, timedelta

from engine.core.state.state import MasterOrder, State
from engine.core.values.calendar import EntryTimes, Taken
from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, OrderType, Product
from engine.core.values.sessions import Phase

#: The last fills of a session are stamped a little after its end; those prove nothing.
_AFTER_THE_END = timedelta(minutes=5)
_SHARES = (Exchange.NSE, Exchange.BSE)


def session_gate(
    state: State,
    instrument: Instrument,
    product: Product,
    order_type: OrderType,
    *,
    at: datetime,
    order: MasterOrder | None = None,
) -> EntryTimes:
    """Return whether an entry is taken now, later today, or not, with the reason.

    A fill of the master at an hour that the calendar calls closed proves a session that it does not
    know (Muhurat, a Saturday's drill): then the entry goes, and the broker has the last word.

    Args:
        state: The state, for the calendar, the list of instruments and the broker's clock.
        instrument: What is entered; of one of the six segments.
        product: The key's.
        order_type: As the entry would be sent.
        at: The time of the decision.
        order: The master's order; None for what a person asked for.
    """
    exchange = Exchange(instrument.exchange)
    auctioned = exchange in _SHARES and state.instruments.has_derivatives(instrument.symbol)
    times = state.calendar.entries_taken(
        exchange,
        product,
        state.brokers_time(at),
        order_type=order_type,
        auctioned=auctioned,
        pre_open=not instrument.kind.is_option,
    )
    if times.taken is Taken.NOT and order is not None and _proves_a_session(state, exchange, order):
        return EntryTimes(taken=Taken.NOW)
    return times


def _proves_a_session(state: State, exchange: Exchange, order: MasterOrder) -> bool:
    filled = order.filled_at
    return filled is not None and all(
        state.calendar.session_at(exchange, filled - before, auctioned=auctioned) is Phase.CLOSED
        for before in (timedelta(), _AFTER_THE_END)
        for auctioned in (False, True)
    )
