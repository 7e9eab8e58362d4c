"""What people switched, were asked and were told."""

from dataclasses import dataclass
from datetime import datetime

from engine.core.values.alert_levels import AlertKind, AlertLevel, QuietHours
from engine.core.values.control import Reply
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.offers import Question, Settlement
from engine.core.values.routines import Routine


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
class PanicBegun:
    """A person confirmed a /panic: entries stay out, and what is copied is squared off until it ends."""

    venue: Venue
    user_id: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanicEnded:
    """Nothing of a panic was left to be done, or its day was over."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChosen:
    """A value was set from the chat; it wins over the settings, also after a restart.

    ``follower`` is empty for what is over all; ``text`` None: as in the settings again. ``old`` and
    ``new`` are what people were shown.
    """

    follower: AccountName
    key: str
    text: str | None
    old: str
    new: str
    user_id: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsChosen:
    """A person chose how loud a kind of message is in his chat."""

    chat_id: int
    kind: AlertKind
    level: AlertLevel
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHoursChosen:
    """A person chose his quiet hours; None: none."""

    chat_id: int
    hours: QuietHours | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpCounted:
    """Wrong codes in a row, and whether they lock."""

    failures: int
    locked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineDone:
    """Something of the daily rhythm was told, or had nothing to tell: all of it up to ``moment``."""

    routine: Routine
    moment: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRaised:
    """Something to tell."""

    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeShown:
    """The chat has shown it; ``at`` is None in older stores.

    ``to_owner``: to somebody who may press what is under it.
    """

    notice_id: int
    topic: str
    chat_id: int
    message_id: int
    at: datetime | None = None
    to_owner: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOpened:
    """A channel besides the chat (``email``) was configured for the first time."""

    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeForwarded:
    """A channel besides the chat (``email``) has taken it."""

    notice_id: int
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsEscalated:
    """Nobody has acknowledged these critical alerts in time: it was told everywhere, once each."""

    notice_ids: tuple[int, ...]
    at: datetime


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
class UpdateAnswered:
    """A chat update had this answer; a repeat gets the same and does nothing."""

    update_id: int
    user_id: int
    reply: Reply
    at: datetime
