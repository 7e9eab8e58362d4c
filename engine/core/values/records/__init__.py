"""What was decided or learned: the rows of the journal, of which the state is the fold.

Each record holds a result, never something to be computed again: recovery applies
records and decides nothing. Fractions are written as text (``3/2``).
"""

from collections.abc import Iterable, Iterator

from engine.core.values.records.of_account import (
    EntriesReleased,
    FreezeLearned,
    FundsKnown,
    LoginOffered,
    PositionsKnown,
    SessionKept,
    StoreAccepted,
    StrangerCounted,
    StrangerLeft,
    StrangerSeen,
)
from engine.core.values.records.of_all import (
    AllContributed,
    ChildrenSent,
    Contribution,
    ExitsFolded,
    FoldedExit,
    OfAll,
    OpenedPart,
    PartsOpened,
    singles,
)
from engine.core.values.records.of_child import (
    Attested,
    CancelMoved,
    ChangeDoubted,
    ChangeMoved,
    ChildPlanned,
    ChildSeen,
    EndJudged,
    EntryAsked,
    IntentMoved,
    LatchLifted,
    ListingKept,
    StepTaken,
    TwinSeen,
)
from engine.core.values.records.of_ledger import (
    Claimed,
    ClaimSettled,
    Contributed,
    EntryMet,
    ExitFolded,
    HeldConverted,
    HeldEnded,
    HeldProved,
    HoldingClosed,
    HoldingDetached,
    HoldingGone,
    MarginAsked,
    MarginKnown,
    PartLimited,
    PartOpened,
    PartScaled,
    SkipLifted,
    Skipped,
    SyncEntered,
)
from engine.core.values.records.of_master import (
    DayOpened,
    Installed,
    MasterConverted,
    MasterFilled,
    MasterSeen,
    OpeningKnown,
    OpeningsRead,
)
from engine.core.values.records.of_money import (
    LossStepTaken,
    ProfitHigh,
    ReferenceKnown,
    UnitsLeft,
)
from engine.core.values.records.of_pairing import (
    CodeAccepted,
    PairingMissed,
    PersonInvited,
    PersonPaired,
    PersonRevoked,
    StrangerNamed,
)
from engine.core.values.records.of_people import (
    AlertsChosen,
    AlertsEscalated,
    ButtonsMade,
    ChannelOpened,
    CopyingSet,
    FollowerPaused,
    KillSet,
    ModeSet,
    NoticeForwarded,
    NoticeRaised,
    NoticeShown,
    OfferOpened,
    OfferSettled,
    PanicBegun,
    PanicEnded,
    QuietHoursChosen,
    RoutineDone,
    SettingChosen,
    TotpCounted,
    UpdateAnswered,
)
from engine.core.values.records.of_settings import (
    FollowerJoined,
    FollowerKept,
    FollowerLeaving,
    SettingsTaken,
)

Record = (
    Installed
    | DayOpened
    | OpeningKnown
    | OpeningsRead
    | SkipLifted
    | MasterSeen
    | MasterFilled
    | PartOpened
    | PartsOpened
    | AllContributed
    | ExitsFolded
    | ChildrenSent
    | PartScaled
    | PartLimited
    | MarginAsked
    | MarginKnown
    | Contributed
    | ExitFolded
    | Claimed
    | EntryMet
    | HoldingGone
    | MasterConverted
    | HeldConverted
    | HeldProved
    | HeldEnded
    | HoldingClosed
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
    | PanicBegun
    | PanicEnded
    | SettingChosen
    | SettingsTaken
    | FollowerJoined
    | FollowerLeaving
    | FollowerKept
    | AlertsChosen
    | QuietHoursChosen
    | KillSet
    | FollowerPaused
    | TotpCounted
    | SessionKept
    | LoginOffered
    | PositionsKnown
    | FreezeLearned
    | FundsKnown
    | StrangerSeen
    | StoreAccepted
    | StrangerCounted
    | StrangerLeft
    | EntriesReleased
    | NoticeRaised
    | NoticeShown
    | ChannelOpened
    | NoticeForwarded
    | AlertsEscalated
    | OfferOpened
    | ButtonsMade
    | OfferSettled
    | Attested
    | TwinSeen
    | LatchLifted
    | EntryAsked
    | UpdateAnswered
    | ReferenceKnown
    | UnitsLeft
    | ProfitHigh
    | LossStepTaken
    | RoutineDone
    | PersonInvited
    | PersonPaired
    | PersonRevoked
    | CodeAccepted
    | PairingMissed
    | StrangerNamed
)


def each_of(records: Iterable[Record]) -> Iterator[Record]:
    """Yield records, those of all followers at once as those of each."""
    for record in records:
        if isinstance(record, OfAll):
            yield from singles(record)
        else:
            yield record


__all__ = [
    "AlertsChosen",
    "AlertsEscalated",
    "AllContributed",
    "Attested",
    "ButtonsMade",
    "CancelMoved",
    "ChangeDoubted",
    "ChangeMoved",
    "ChannelOpened",
    "ChildPlanned",
    "ChildSeen",
    "ChildrenSent",
    "ClaimSettled",
    "Claimed",
    "CodeAccepted",
    "Contributed",
    "Contribution",
    "CopyingSet",
    "DayOpened",
    "EndJudged",
    "EntriesReleased",
    "EntryAsked",
    "EntryMet",
    "ExitFolded",
    "ExitsFolded",
    "FoldedExit",
    "FollowerJoined",
    "FollowerKept",
    "FollowerLeaving",
    "FollowerPaused",
    "FreezeLearned",
    "FundsKnown",
    "HeldConverted",
    "HeldEnded",
    "HeldProved",
    "HoldingClosed",
    "HoldingDetached",
    "HoldingGone",
    "Installed",
    "IntentMoved",
    "KillSet",
    "LatchLifted",
    "ListingKept",
    "LoginOffered",
    "LossStepTaken",
    "MarginAsked",
    "MarginKnown",
    "MasterConverted",
    "MasterFilled",
    "MasterSeen",
    "ModeSet",
    "NoticeForwarded",
    "NoticeRaised",
    "NoticeShown",
    "OfAll",
    "OfferOpened",
    "OfferSettled",
    "OpenedPart",
    "OpeningKnown",
    "OpeningsRead",
    "PairingMissed",
    "PanicBegun",
    "PanicEnded",
    "PartLimited",
    "PartOpened",
    "PartScaled",
    "PartsOpened",
    "PersonInvited",
    "PersonPaired",
    "PersonRevoked",
    "PositionsKnown",
    "ProfitHigh",
    "QuietHoursChosen",
    "Record",
    "ReferenceKnown",
    "RoutineDone",
    "SessionKept",
    "SettingChosen",
    "SettingsTaken",
    "SkipLifted",
    "Skipped",
    "StepTaken",
    "StoreAccepted",
    "StrangerCounted",
    "StrangerLeft",
    "StrangerNamed",
    "StrangerSeen",
    "SyncEntered",
    "TotpCounted",
    "TwinSeen",
    "UnitsLeft",
    "UpdateAnswered",
    "each_of",
    "singles",
]
