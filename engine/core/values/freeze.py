"""What the broker has taught of freeze quantities: the most units the exchange takes in one order.

Nothing lists them for programs, so the table of the adapter is data with a date. A refusal names the
true figure, and that is kept. It counts for every contract of the underlying, for every follower, and
beyond the day and a restart: it wins over the table until a newer one is learned, or until a table comes
that is dated later than the day of learning and than the table it corrected. A figure that has become
too low meanwhile costs further orders, never a refusal.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from engine.core.values.instruments import Instrument, InstrumentKind


class LearnedFreeze(Struct, frozen=True, kw_only=True, gc=False):
    """A freeze quantity as the broker named it.

    Attributes:
        quantity: Most units in one order, >= one lot.
        until: A table of this date or earlier does not count against it.
    """

    quantity: int
    until: date


def freeze_scope(instrument: Instrument) -> tuple[str, str]:
    """Return what a freeze quantity applies to: (exchange, underlying), or (exchange, symbol).

    Source: exchanges set it for an underlying, whatever the contract (NSE circular FAOP75521).
    """
    derivative = instrument.kind is not InstrumentKind.EQUITY
    return instrument.exchange, (instrument.name if derivative else "") or instrument.symbol


def corrected(
    instrument: Instrument,
    learned: Mapping[tuple[str, str], LearnedFreeze],
    *,
    table_date: date | None,
) -> Instrument:
    """Return the instrument with what was learned of its freeze quantity.

    Args:
        instrument: As the dump and the table have it.
        learned: By scope.
        table_date: Of the table the instrument was made with; None where it has none.
    """
    found = learned.get(freeze_scope(instrument))
    if found is None or (table_date is not None and table_date > found.until):
        return instrument
    return replace(instrument, freeze_quantity=found.quantity)
