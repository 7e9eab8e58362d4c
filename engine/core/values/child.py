"""A child: one order of ours on a follower's account, made for one order of the master."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct, field

from engine.core.values.commands import Place, RefusalKind
from engine.core.values.copy_wishes import CancelWish, ChangeWish
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import OrderId, Side, Tag
from engine.core.values.merge import Sighting
from engine.core.values.terms import Terms

#: Below the first rung of the exit ladder: the child rests at the master's own price.
RESTS = -1


class Child(Struct, kw_only=True, gc=False):
    """One follower order made for one master order.

    Attributes:
        command: What was (or will be) sent.
        attempt: Sends of the same wish after a definite refusal that allows another.
        step: Rung of the exit ladder: ``RESTS`` at the master's own price, 0 at the market, then one
            a re-pricing. Entries climb none.
        step_at: When it came to that rung; None where it was sent so.
        detected_at: When the master's event that caused it was received.
        fills: When fills became known, and their units.
        reason: The broker's text verbatim, or why it ended.
        terms: What the broker has last accepted, as far as is known.
        change: The newest modification, or None.
        changes: Modifications sent so far; Kite takes 25 an order (Kite forum, discussion 9201).
        unchangeable: Kite refused to modify it: it is cancelled and placed anew instead.
        ended_at: When a row first showed its end.
        end_judged: That others cancelled it was told, or needed no telling.
        attested: A person says that it is in Kite, though no book shows it.
        lifted: A person wanted what it came to nothing of sent again: its end is final no more.
        note: What of the master's order was translated for the exchange; empty where nothing was.
        detached: Whether it was handed back to the account's owner: what it fills is his own.
        value: Rupees of what it filled, as the day's money counts them; None where no price is known.
    """

    command: Place
    key: Key
    master_order_id: OrderId
    leg: Leg
    generation: int
    slice: int = 0
    attempt: int = 0
    step: int = 0
    step_at: datetime | None = None
    state: IntentState = IntentState.PLANNED
    planned_at: datetime
    detected_at: datetime
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    order_id: OrderId | None = None
    sighting: Sighting | None = None
    filled: int = 0
    fills: list[tuple[datetime, int]] = field(default_factory=list)
    refusal: RefusalKind | None = None
    reason: str = ""
    cancel: CancelWish | None = None
    terms: Terms
    change: ChangeWish | None = None
    changes: int = 0
    unchangeable: bool = False
    ended_at: datetime | None = None
    end_judged: bool = False
    attested: bool = False
    lifted: bool = False
    note: str = ""
    detached: bool = False
    value: Decimal | None = None

    @property
    def tag(self) -> Tag:
        """The tag on the broker's order."""
        return self.command.tag

    @property
    def side(self) -> Side:
        """BUY or SELL."""
        return self.command.side

    @property
    def average_price(self) -> Decimal | None:
        """Rupees over ``filled``; None before the first fill."""
        return self.sighting.row.average_price if self.sighting else None

    @property
    def has_ended(self) -> bool:
        """Whether no further fill is to be expected."""
        if not self.state.is_open:
            return True
        return self.sighting is not None and self.sighting.row.status.is_terminal

    @property
    def outstanding(self) -> int:
        """Units that may still fill, >= 0; an UNKNOWN child counts whole.

        While a modification is not known to have failed, the larger of both quantities counts.
        """
        if self.has_ended:
            return 0
        quantity = self.terms.quantity
        if self.change is not None and self.change.state in _MAY_HAVE_CHANGED:
            quantity = max(quantity, self.change.terms.quantity)
        return max(0, quantity - self.filled)


_MAY_HAVE_CHANGED = frozenset({IntentState.SENDING, IntentState.UNKNOWN})
