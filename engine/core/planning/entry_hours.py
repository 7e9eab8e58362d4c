"""When an exchange takes an entry: the calendar is asked once a turn, for all followers alike."""

from engine.core.risk.session_gate import session_gate
from engine.core.state.context import PartContext
from engine.core.state.delivery import instrument_of
from engine.core.state.state import MasterOrder
from engine.core.state.turn import Turn
from engine.core.values.calendar import EntryTimes
from engine.core.values.child import Child
from engine.core.values.instruments import Instrument
from engine.core.values.market import OrderId, OrderType, Product


def entry_times(
    turn: Turn, context: PartContext, order: MasterOrder, order_type: OrderType
) -> EntryTimes:
    """Return when the exchange takes such an order; the calendar is asked once a turn, not for each follower."""
    asked = (context.instrument.key, context.key.product, order_type, context.order_id)
    return turn.entry_times.get(asked) or _ask_times(turn, context.instrument, asked, order)


def times_of_child(turn: Turn, child: Child) -> EntryTimes | None:
    """Return when its exchange takes an entry that was planned before; None where nothing is listed any more."""
    key, order_id = child.key, child.master_order_id
    instrument = instrument_of(turn.state, key.master, order_id)
    if instrument is None:
        return None
    asked = (instrument.key, key.product, child.command.order_type, order_id)
    order = turn.state.master_order(order_id)
    return turn.entry_times.get(asked) or _ask_times(turn, instrument, asked, order)


def _ask_times(
    turn: Turn,
    instrument: Instrument,
    asked: tuple[str, Product, OrderType, OrderId],
    order: MasterOrder | None,
) -> EntryTimes:
    """Ask the calendar, and remember the answer for this turn."""
    _, product, order_type, _ = asked
    times = session_gate(turn.state, instrument, product, order_type, at=turn.at, order=order)
    turn.entry_times[asked] = times
    return times
