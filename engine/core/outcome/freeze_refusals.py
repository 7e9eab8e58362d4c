"""A refusal that names the freeze quantity: learn it, and have what was not sent yet sliced anew.

It can teach only once for one size: the figure must be smaller than what was sent, and whatever is
sent in its place is no larger than the figure. So the sizes fall with every refusal, and a broker that
says the same again, or nonsense, is told to a person as any other refusal is.
"""

from datetime import date

from msgspec.structs import replace

from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.freeze import freeze_scope
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import copy_topic
from engine.core.values.notices import Severity


def take_freeze(turn: Turn, child: Child, refused: Refused, *, sent: int) -> Refused:
    """Learn from a refusal of kind ``FREEZE``.

    Slices leave in parallel: those sent before the figure was known are refused with the same one,
    which is still a reason to slice them anew.

    Args:
        turn: The turn.
        child: The order that was placed or changed.
        refused: The broker's answer.
        sent: Units the order was to have.

    Returns:
        The refusal; of kind ``INPUT`` where the figure is missing, below one lot, or not below ``sent``.
    """
    named = refused.freeze_quantity
    instrument = turn.state.listed(child.command.exchange, child.command.symbol)
    if instrument is None or named is None or not instrument.lot_size <= named < sent:
        return replace(refused, kind=RefusalKind.INPUT, freeze_quantity=None)
    before = instrument.freeze_quantity
    if before is None or named < before:
        _learn(turn, child, instrument, named)
    return refused


def _learn(turn: Turn, child: Child, instrument: Instrument, quantity: int) -> None:
    state, (exchange, name) = turn.state, freeze_scope(instrument)
    table_date = state.instruments.freeze_date
    turn.emit(
        r.FreezeLearned(
            exchange=exchange, name=name, quantity=quantity, table_date=table_date, at=turn.at
        )
    )
    turn.tell(
        Severity.WARNING,
        f"The exchange takes at most {quantity} {name} ({exchange}) in one order, "
        f"{_instead_of(instrument.freeze_quantity, table_date)}. "
        f"Orders are sliced by {quantity} from now on.",
        topic=copy_topic(child.key.venue, child.master_order_id),
    )
    turn.touch(child.key.master)
    for other in state.open_children.values():
        if other.state is IntentState.PLANNED and _is_in(turn, other, (exchange, name)):
            turn.touch(other.key.master)


def _instead_of(before: int | None, table_date: date | None) -> str:
    if before is None:
        return "which was not known"
    if table_date is None:
        return f"not {before} as was known"
    return f"not {before}: the freeze table of {table_date:%Y-%m-%d} is out of date"


def _is_in(turn: Turn, child: Child, scope: tuple[str, str]) -> bool:
    instrument = turn.state.instruments.find(child.command.exchange, child.command.symbol)
    return instrument is not None and freeze_scope(instrument) == scope
