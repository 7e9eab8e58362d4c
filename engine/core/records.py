"""What was decided or learned: the rows of the journal, of which the state is the fold.

Each record holds a result, never something to be computed again: recovery applies
records and decides nothing. Fractions are written as text (``3/2``).
"""

from dataclasses import dataclass
from datetime import date, datetime

from engine.core.commands import Place, RefusalKind
from engine.core.control import Reply
from engine.core.instruments import Instrument
from engine.core.intents import IntentState
from engine.core.keys import Key, Leg, MasterKey
from engine.core.market import AccountName, OrderId, Product, Tag, Venue
from engine.core.merge import Sighting
from engine.core.notices import Notice, SkipReason
from engine.core.offers import Question, Settlement
from engine.core.orders import HoldingRow, OrderRow, PositionRow
from engine.core.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The store was made; ``install_id`` tells our tags from another installation's."""

    install_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOpened:
    """A new trading day: yesterday's orders are history, holdings stay."""

    trading_day: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningKnown:
    """The master's net carried into today, signed units."""

    key: MasterKey
    net: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsRead:
    """The master's positions and holdings of today were read; every other opening is 0."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipLifted:
    """A person chose to copy an order that was skipped."""

    key: Key
    order_id: OrderId
    leg: Leg


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterSeen:
    """A master order's merged row changed; ``proven`` once an order book showed it."""

    key: MasterKey
    sighting: Sighting
    at: datetime
    was_exit: bool
    proven: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterFilled:
    """A fill of the master was folded: signed units, split at his net into exit and entry."""

    key: MasterKey
    order_id: OrderId
    exit_part: int
    entry_part: int
    net_after: int
    fill_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOpened:
    """A follower's part in a master order began; ratio and carry are pinned from here."""

    key: Key
    order_id: OrderId
    ratio: str
    carry: str
    own: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartScaled:
    """An entry that had to wait is sized by what the master has kept of it since."""

    key: Key
    order_id: OrderId
    ratio: str
    carry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributed:
    """What an order now adds to the exact wanted holding.

    ``entered`` is the master's entry fill it comes from, units; 0 where it comes from none.
    """

    key: Key
    order_id: OrderId
    amount: str
    entered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitFolded:
    """A master exit: contributions shrink by ``keep``, and ``claim`` signed units are to be exited.

    ``keep`` is 1 - q/P; 0 means he is flat and a new round trip begins. ``rest`` is the part of a
    lot that stays owed.
    """

    key: Key
    order_id: OrderId
    keep: str
    claim: int
    rest: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Signed units claimed besides a master fill: a late fill of ours, or an orphan.

    ``met``: taken back, since an entry on the claim's own side has filled as much too many. ``rest``: the
    units that exits should have claimed by now but for whole lots; empty where that has not changed.
    """

    key: Key
    order_id: OrderId
    claim: int
    met: bool = False
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingGone:
    """The broker's net proves that copied units left by other hands; ``units`` is signed as held.

    Claims of the order are met by that much; the rest of the holding stays.
    """

    key: Key
    order_id: OrderId
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterConverted:
    """The master converted signed units from one product to another; the copies stay as they are."""

    old: MasterKey
    new: MasterKey
    units: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldConverted:
    """A follower's owner converted his copies; ``own`` is what he has of that product besides."""

    key: Key
    product: Product
    own: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldProved:
    """The account was compared with what was held overnight; ``own`` is what it has besides."""

    key: Key
    own: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEnded:
    """A contract expired: its copied ``units``, signed, are held no more."""

    key: Key
    units: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncEntered:
    """A person had ``units``, signed, entered to bring a ledger in step; ``order_id`` is of our making.

    ``of`` is the master's net that they stand for, units.
    """

    key: Key
    order_id: OrderId
    units: int
    of: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingDetached:
    """A person handed the copies of a key back: they are the owner's own, and all children with them."""

    key: Key
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSettled:
    """Claimed units that other exits have met: what is held is what should be held."""

    key: Key
    order_id: OrderId
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A leg of a follower's part gets no (further) order, for a reason."""

    key: Key
    order_id: OrderId
    leg: Leg
    reason: SkipReason
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildPlanned:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingKept:
    """What the day's list said of an instrument when it was entered: its exits go by that later.

    Of another day's list it may be missing: dropped, renamed, or not loaded.
    """

    instrument: Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class EndJudged:
    """That others cancelled a child was told, or was the end of the master's order too."""

    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentMoved:
    """A placement moved on; ``order_id`` where the broker gave one."""

    tag: Tag
    state: IntentState
    at: datetime
    order_id: OrderId | None = None
    refusal: RefusalKind | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMoved:
    """The cancel of a child was asked, or its answer came."""

    tag: Tag
    intent_id: str
    state: IntentState
    at: datetime
    book_version: int
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMoved:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A child stands on another rung of the exit ladder, since ``at``."""

    tag: Tag
    step: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDoubted:
    """A book still shows the old terms after the answer to a modification was lost."""

    tag: Tag
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSeen:
    """A child's merged row changed; ``filled`` is the new cumulative quantity.

    Attributes:
        own: Signed units that the owner held himself as the first copy filled; None where nothing new is known.
    """

    tag: Tag
    sighting: Sighting
    filled: int
    at: datetime
    own: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyingSet:
    """Copying was started or stopped; every change begins a new mode epoch."""

    active: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeSet:
    """PAPER or LIVE; ``armed_until`` bounds LIVE entries."""

    venue: Venue
    armed_until: datetime | None
    totp_step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSet:
    """The kill switch was seen set or released; ``totp_step`` is the code's that released it."""

    active: bool
    totp_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerPaused:
    """Entries of one follower stopped or may go on; ``at`` is None in older stores."""

    follower: AccountName
    paused: bool
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpCounted:
    """Wrong codes in a row, and whether they lock."""

    failures: int
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKept:
    """An account's session, sealed; or its end (``ok`` False).

    Attributes:
        exchanges: Segments the broker has enabled, told by a login; empty: not known.
        demat_consent: Kite's word for the consent to debit shares; None: not known.
    """

    account: AccountName
    ok: bool
    user_id: str
    user_name: str
    sealed_token: str
    login_at: datetime | None
    exchanges: frozenset[str] = frozenset()
    demat_consent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsKnown:
    """A positions snapshot: asked and answered when, net rows.

    ``holdings`` is None where they were not read, or are as known.
    """

    account: AccountName
    rows: tuple[PositionRow, ...]
    asked_at: datetime
    at: datetime
    holdings: tuple[HoldingRow, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeLearned:
    """A refusal named the most units the exchange takes in one order.

    ``name`` is the underlying of a derivative, the symbol of anything else. ``table_date`` is of the
    table it corrects; None where there was none.
    """

    exchange: str
    name: str
    quantity: int
    table_date: date | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerSeen:
    """An order with a tag of ours that this journal did not send; entries are frozen by the first."""

    account: AccountName
    row: OrderRow
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAccepted:
    """A person took a store of the past as it is; entries stay frozen until the books were looked at."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerCounted:
    """A stranger became the copy that ``child`` names."""

    account: AccountName
    order_id: OrderId
    child: Tag
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerLeft:
    """A stranger was left to the account's owner: its units are his."""

    account: AccountName
    order_id: OrderId
    tag: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesReleased:
    """A person has taken over every stranger: entries may leave; ``totp_step`` is of his code."""

    at: datetime
    totp_step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRaised:
    """Something to tell."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """The chat has shown it."""

    notice_id: int
    topic: str
    chat_id: int
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferOpened:
    """A question was put to people under the notice of the same id."""

    offer_id: int
    question: Question
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsMade:
    """A message is about to carry an offer's buttons; ``token`` is the digest of their data."""

    offer_id: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSettled:
    """An offer has ended: by a choice, in the transaction of its effect, or by itself.

    ``key`` and ``order_id`` are what it was about, where it was about a master order.
    """

    offer_id: int
    settlement: Settlement
    key: Key | None = None
    order_id: OrderId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """A person says that an order no book shows is in Kite: no book proves it absent any more."""

    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSeen:
    """An order that looks like one of ours without an answer was shown with no tag where others had theirs.

    Most likely it is the owner's own. A later run may find a book that shows no tags at all.
    """

    account: AccountName
    order_id: OrderId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LatchLifted:
    """A person wants what a child came to nothing of sent again: a new generation may take its place."""

    tag: Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAsked:
    """A person wants an entry that was skipped, refused or lost; its age counts from ``at``."""

    key: Key
    order_id: OrderId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAnswered:
    """A chat update had this answer; a repeat gets the same and does nothing."""

    update_id: int
    user_id: int
    reply: Reply
    at: datetime


Record = (
    Installed
    | DayOpened
    | OpeningKnown
    | OpeningsRead
    | SkipLifted
    | MasterSeen
    | MasterFilled
    | PartOpened
    | PartScaled
    | Contributed
    | ExitFolded
    | Claimed
    | HoldingGone
    | MasterConverted
    | HeldConverted
    | HeldProved
    | HeldEnded
    | SyncEntered
    | HoldingDetached
    | ClaimSettled
    | Skipped
    | ChildPlanned
    | ListingKept
    | IntentMoved
    | CancelMoved
    | ChangeMoved
    | ChangeDoubted
    | StepTaken
    | EndJudged
    | ChildSeen
    | CopyingSet
    | ModeSet
    | KillSet
    | FollowerPaused
    | TotpCounted
    | SessionKept
    | PositionsKnown
    | FreezeLearned
    | StrangerSeen
    | StoreAccepted
    | StrangerCounted
    | StrangerLeft
    | EntriesReleased
    | NoticeRaised
    | NoticeShown
    | OfferOpened
    | ButtonsMade
    | OfferSettled
    | Attested
    | TwinSeen
    | LatchLifted
    | EntryAsked
    | UpdateAnswered
)
