"""At which price a contract is settled on paper when its last day is over. Pure."""

from decimal import Decimal

from engine.core.values.instruments import Instrument, InstrumentKind


def settlement_price(
    instrument: Instrument, *, last: Decimal | None, underlying: Decimal | None
) -> Decimal | None:
    """Return what one unit of an expired contract brings, rupees; None where no price tells.

    A future its own last price. An option what it is worth in the underlying, nothing out of the money; where
    nobody shows the underlying, its own last price, which is about that at the close.

    Args:
        instrument: The contract.
        last: Its newest last price, rupees; None without any.
        underlying: The newest price of what it is on, rupees; None where nobody watches it.

    Source: NSE Clearing, settlement of equity derivatives: futures and options are settled by the closing
    price of the underlying on the last day (that of the underlying is an average of its last half hour).
    """
    if not instrument.kind.is_option or underlying is None:
        return last
    worth = underlying - instrument.strike
    return max(Decimal(0), worth if instrument.kind is InstrumentKind.CALL else -worth)
