"""What people switched, were asked and were told."""

from datetime import datetime

from msgspec import Struct

from engine.core.values.alert_levels import AlertKind, AlertLevel, QuietHours
from engine.core.values.control import Reply
from engine.core.values.keys import Key
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.offers import Question, Settlement
from engine.core.values.routines import Routine


class CopyingSet(Struct, frozen=True, kw_only=True, gc=False):
    """Copying was started or stopped; every change begins a new mode epoch."""

    active: bool
    at: datetime


class ModeSet(Struct, frozen=True, kw_only=True, gc=False):
    """PAPER or LIVE; ``armed_until`` bounds LIVE entries."""

    venue: Venue
    armed_until: datetime | None
    totp_step: int | None


class KillSet(Struct, frozen=True, kw_only=True, gc=False):
    """The kill switch was seen set or released; ``totp_step`` is the code's that released it."""

    active: bool
    totp_step: int | None = None


class FollowerPaused(Struct, frozen=True, kw_only=True, gc=False):
    """Entries of one follower stopped or may go on; ``at`` is None in older stores."""

    follower: AccountName
    paused: bool
    at: datetime | None = None


class PanicBegun(Struct, frozen=True, kw_only=True, gc=False):
    """A person confirmed a /panic: entries stay out, and what is copied is squared off until it ends."""

    venue: Venue
    user_id: int
    name: str
    at: datetime


class PanicEnded(Struct, frozen=True, kw_only=True, gc=False):
    """Nothing of a panic was left to be done, or its day was over."""

    at: datetime


class SettingChosen(Struct, frozen=True, kw_only=True, gc=False):
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


class AlertsChosen(Struct, frozen=True, kw_only=True, gc=False):
    """A person chose how loud a kind of message is in his chat."""

    chat_id: int
    kind: AlertKind
    level: AlertLevel
    at: datetime


class QuietHoursChosen(Struct, frozen=True, kw_only=True, gc=False):
    """A person chose his quiet hours; None: none."""

    chat_id: int
    hours: QuietHours | None
    at: datetime


class TotpCounted(Struct, frozen=True, kw_only=True, gc=False):
    """Wrong codes in a row, and whether they lock."""

    failures: int
    locked: bool


class RoutineDone(Struct, frozen=True, kw_only=True, gc=False):
    """Something of the daily rhythm was told, or had nothing to tell: all of it up to ``moment``."""

    routine: Routine
    moment: datetime
    at: datetime


class NoticeRaised(Struct, frozen=True, kw_only=True, gc=False):
    """Something to tell."""

    notice: Notice


class NoticeShown(Struct, frozen=True, kw_only=True, gc=False):
    """The chat has shown it; ``at`` is None in older stores.

    ``to_owner``: to somebody who may press what is under it.
    """

    notice_id: int
    topic: str
    chat_id: int
    message_id: int
    at: datetime | None = None
    to_owner: bool = True


class ChannelOpened(Struct, frozen=True, kw_only=True, gc=False):
    """A channel besides the chat (``email``) was configured for the first time."""

    channel: str
    at: datetime


class NoticeForwarded(Struct, frozen=True, kw_only=True, gc=False):
    """A channel besides the chat (``email``) has taken it."""

    notice_id: int
    channel: str
    at: datetime


class AlertsEscalated(Struct, frozen=True, kw_only=True, gc=False):
    """Nobody has acknowledged these critical alerts in time: it was told everywhere, once each."""

    notice_ids: tuple[int, ...]
    at: datetime


class OfferOpened(Struct, frozen=True, kw_only=True, gc=False):
    """A question was put to people under the notice of the same id."""

    offer_id: int
    question: Question
    at: datetime


class ButtonsMade(Struct, frozen=True, kw_only=True, gc=False):
    """A message is about to carry an offer's buttons; ``token`` is the digest of their data."""

    offer_id: int
    token: str


class OfferSettled(Struct, frozen=True, kw_only=True, gc=False):
    """An offer has ended: by a choice, in the transaction of its effect, or by itself.

    ``key`` and ``order_id`` are what it was about, where it was about a master order.
    """

    offer_id: int
    settlement: Settlement
    key: Key | None = None
    order_id: OrderId | None = None


class UpdateAnswered(Struct, frozen=True, kw_only=True, gc=False):
    """A chat update had this answer; a repeat gets the same and does nothing."""

    update_id: int
    user_id: int
    reply: Reply
    at: datetime
