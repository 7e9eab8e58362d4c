"""What became of one order of ours, and of orders found that may be ours."""

from datetime import datetime

from msgspec import Struct

from engine.core.values.commands import Place, RefusalKind
from engine.core.values.instruments import Instrument
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, Tag
from engine.core.values.merge import Sighting
from engine.core.values.terms import Terms


class ChildPlanned(Struct, frozen=True, kw_only=True, gc=False):
    """A child was decided; ``note`` says what was translated for its exchange, if anything."""

    command: Place
    key: Key
    order_id: OrderId
    leg: Leg
    generation: int
    attempt: int
    step: int
    slice: int = 0
    at: datetime
    detected_at: datetime
    note: str = ""


class ListingKept(Struct, frozen=True, kw_only=True, gc=False):
    """What the day's list said of an instrument when it was entered: its exits go by that later.

    Of another day's list it may be missing: dropped, renamed, or not loaded.
    """

    instrument: Instrument


class EndJudged(Struct, frozen=True, kw_only=True, gc=False):
    """That others cancelled a child was told, or was the end of the master's order too."""

    tag: Tag


class IntentMoved(Struct, frozen=True, kw_only=True, gc=False):
    """A placement moved on; ``order_id`` where the broker gave one."""

    tag: Tag
    state: IntentState
    at: datetime
    order_id: OrderId | None = None
    refusal: RefusalKind | None = None
    reason: str = ""


class CancelMoved(Struct, frozen=True, kw_only=True, gc=False):
    """The cancel of a child was asked, or its answer came."""

    tag: Tag
    intent_id: str
    state: IntentState
    at: datetime
    book_version: int
    times: int


class ChangeMoved(Struct, frozen=True, kw_only=True, gc=False):
    """A modification of a child was sent, or what it came to is known.

    ``refused`` tells that Kite will not modify this order at all, ``refusal`` why it was refused now.
    """

    tag: Tag
    intent_id: str
    state: IntentState
    terms: Terms
    at: datetime
    book_version: int
    refused: bool = False
    refusal: RefusalKind | None = None


class StepTaken(Struct, frozen=True, kw_only=True, gc=False):
    """A child stands on another rung of the exit ladder, since ``at``."""

    tag: Tag
    step: int
    at: datetime | None = None


class ChangeDoubted(Struct, frozen=True, kw_only=True, gc=False):
    """A book still shows the old terms after the answer to a modification was lost."""

    tag: Tag
    at: datetime


class ChildSeen(Struct, frozen=True, kw_only=True, gc=False):
    """A child's merged row changed; ``filled`` is the new cumulative quantity.

    Attributes:
        own: Signed units that the owner held himself as the first copy filled; None where nothing new is known.
    """

    tag: Tag
    sighting: Sighting
    filled: int
    at: datetime
    own: int | None = None


class Attested(Struct, frozen=True, kw_only=True, gc=False):
    """A person says that an order no book shows is in Kite: no book proves it absent any more."""

    tag: Tag


class TwinSeen(Struct, frozen=True, kw_only=True, gc=False):
    """An order that looks like one of ours without an answer was shown with no tag where others had theirs.

    Most likely it is the owner's own. A later run may find a book that shows no tags at all.
    """

    account: AccountName
    order_id: OrderId
    at: datetime


class LatchLifted(Struct, frozen=True, kw_only=True, gc=False):
    """A person wants what a child came to nothing of sent again: a new generation may take its place."""

    tag: Tag


class EntryAsked(Struct, frozen=True, kw_only=True, gc=False):
    """A person wants an entry that was skipped, refused or lost; its age counts from ``at``."""

    key: Key
    order_id: OrderId
    at: datetime
