"""What becomes of one request that Kite accepted, on its way to the exchange and to readers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way of one request.

    Attributes:
        received_s: Seconds a placement spends in ``PUT ORDER REQ RECEIVED``, before RMS sees it.
        pending_s: Seconds the order spends in ``OPEN PENDING``, ``MODIFY PENDING`` or
            ``CANCEL PENDING``. It is still at the exchange as it was, so it may fill meanwhile.
        refusal: The exchange's words where it refuses: a placement ends REJECTED, after a
            modification or a cancellation the order rests again as it did.
        hidden_s: Seconds for which reads do not show a placed order.
        unknown_s: Seconds for which, besides, a change of it is told that it does not exist.
    """

    received_s: float = 0.0
    pending_s: float = 0.0
    refusal: str | None = None
    hidden_s: float = 0.0
    unknown_s: float = 0.0


#: Nothing unusual on the way.
PROMPT = Link()
