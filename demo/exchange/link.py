"""What the exchange's own side makes of one request that Kite accepted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way from Kite to the exchange, for one request.

    Attributes:
        pending_s: Seconds the order spends in ``OPEN PENDING``, ``MODIFY PENDING`` or
            ``CANCEL PENDING``. It is still at the exchange as it was, so it may fill meanwhile.
        refusal: The exchange's words where it refuses: a placement ends REJECTED, after a
            modification or a cancellation the order rests again as it did.
    """

    pending_s: float = 0.0
    refusal: str | None = None


#: Nothing unusual on the way.
PROMPT = Link()
