"""What people may ask of the engine, from the chat or the command line, and the answer."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from engine.core.values.alert_levels import AlertKind, AlertLevel, QuietHours
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.people import Role
from engine.core.values.rules import FollowerRules


class Requester(Struct, frozen=True, kw_only=True, gc=False):
    """Who asks: a numeric Telegram user id, or 0 for the local command line."""

    user_id: int
    name: str


class StartCopy(Struct, frozen=True, kw_only=True, gc=False):
    """Take a baseline and copy what the master does from now on.

    ``copy_open_orders`` also copies the master's orders that are working now.
    """

    copy_open_orders: bool = False


class StopCopy(Struct, frozen=True, kw_only=True, gc=False):
    """No further entry leaves; exits, reductions and cancels still follow."""


class CancelRestingEntries(Struct, frozen=True, kw_only=True, gc=False):
    """Cancel every entry child that still rests."""


class GoLive(Struct, frozen=True, kw_only=True, gc=False):
    """Switch to LIVE and arm entries until ``armed_until``.

    ``totp_step`` is the accepted code's time step (None where no code is required); a step
    that was used before is refused.
    """

    armed_until: datetime
    totp_step: int | None


class GoPaper(Struct, frozen=True, kw_only=True, gc=False):
    """Switch to PAPER. Exits of live copied holdings still follow."""


class TotpFailed(Struct, frozen=True, kw_only=True, gc=False):
    """A wrong code was given. Five in a row lock risk-adding commands until ``UnlockTotp``."""


class UnlockTotp(Struct, frozen=True, kw_only=True, gc=False):
    """Lift the lock; local command line only."""


class PauseFollower(Struct, frozen=True, kw_only=True, gc=False):
    """No further entry for one follower."""

    follower: AccountName


class ResumeFollower(Struct, frozen=True, kw_only=True, gc=False):
    """Entries again for one follower, from a new baseline."""

    follower: AccountName


class SyncCopies(Struct, frozen=True, kw_only=True, gc=False):
    """Do what /sync proposed for one follower, or all; ``mark`` tells the list that was confirmed."""

    follower: AccountName | None
    mark: str


class CopyPositions(Struct, frozen=True, kw_only=True, gc=False):
    """Enter what the master holds already; ``mark`` tells the list that was confirmed, ``without`` whom it left out."""

    mark: str
    without: tuple[AccountName, ...] = ()


class DetachHoldings(Struct, frozen=True, kw_only=True, gc=False):
    """Hand an account's copies back to its owner, of one symbol or all; ``mark`` as for a sync."""

    follower: AccountName
    symbol: str | None
    mark: str


class SquareOffAll(Struct, frozen=True, kw_only=True, gc=False):
    """Stop entries, cancel those that rest, and close all that is copied in ``venue``, by /panic."""

    venue: Venue


class ChangeSetting(Struct, frozen=True, kw_only=True, gc=False):
    """Set a value of a follower's rules from the chat.

    Attributes:
        follower: Whose; empty for what is over all followers.
        key: Without ``FOLLOWERS__<NAME>__``.
        text: As in ``.env``, found good by its parser; None: as in the settings again.
        was: The value that was shown to the person; where it is another by now nothing is done.
    """

    follower: AccountName
    key: str
    text: str | None
    was: str


class TakeSettings(Struct, frozen=True, kw_only=True, gc=False):
    """The file of settings was read again and found good: have what it says of followers count.

    Attributes:
        rules: Of every follower that it names.
        total_loss_limit: Rupees over all of them; None: no limit.
        sealed: Of each follower that it names no more what his account needs until nothing copied is left.
        later: Keys whose values are others and count only after a restart.
    """

    rules: tuple[FollowerRules, ...]
    total_loss_limit: Decimal | None
    sealed: tuple[tuple[AccountName, str], ...] = ()
    later: tuple[str, ...] = ()


class KeepFollowers(Struct, frozen=True, kw_only=True, gc=False):
    """Accounts of followers have changed, or were never kept: ``kept`` is what each needs, sealed."""

    kept: tuple[tuple[AccountName, str], ...]


class RefuseSettings(Struct, frozen=True, kw_only=True, gc=False):
    """The file of settings was read again and refused; ``faults`` say what is wrong with it and the mend."""

    faults: tuple[str, ...]


class ChooseAlerts(Struct, frozen=True, kw_only=True, gc=False):
    """How loud a kind of message shall be in one chat."""

    chat_id: int
    kind: AlertKind
    level: AlertLevel


class ChooseQuietHours(Struct, frozen=True, kw_only=True, gc=False):
    """When only what is critical shall make a sound in one chat; None: never."""

    chat_id: int
    hours: QuietHours | None


class SetKill(Struct, frozen=True, kw_only=True, gc=False):
    """The kill switch was set (True) or released (False).

    ``totp_step`` is the time step of the code given for a release; one used before is refused.
    """

    active: bool
    totp_step: int | None = None


class AcceptStore(Struct, frozen=True, kw_only=True, gc=False):
    """A person takes a store of the past as it is; entries stay frozen until ``AdoptStrangers``."""


class AdoptStrangers(Struct, frozen=True, kw_only=True, gc=False):
    """A person takes over the orders of our tags that the store did not send, as they were listed.

    ``totp_step`` is the time step of the code given; one used before is refused.
    """

    orders: tuple[OrderId, ...]
    totp_step: int | None = None


class SessionStored(Struct, frozen=True, kw_only=True, gc=False):
    """An account logged in; ``sealed_token`` is the encrypted access token.

    Attributes:
        exchanges: Segments the broker has enabled, in Kite's words; empty: not known.
        demat_consent: Kite's word for the consent to debit shares; None: not known.
    """

    account: AccountName
    user_id: str
    user_name: str
    sealed_token: str
    login_at: datetime
    exchanges: frozenset[str] = frozenset()
    demat_consent: str | None = None


class ResealSessions(Struct, frozen=True, kw_only=True, gc=False):
    """The key was changed: the kept sessions, sealed anew; asked only while nothing runs.

    ``leaving`` is what is kept of each follower, in the file or leaving, likewise.
    """

    tokens: tuple[tuple[AccountName, str], ...]
    leaving: tuple[tuple[AccountName, str], ...] = ()


class OfferLogin(Struct, frozen=True, kw_only=True, gc=False):
    """A login button is about to be shown; ``digest`` is of the state in its address, ``until`` its end.

    ``asked_in`` is the update that asked for it, which may ask for several.
    """

    account: AccountName
    digest: str
    until: datetime
    asked_in: int | None = None


class NoticeDelivered(Struct, frozen=True, kw_only=True, gc=False):
    """The chat has shown a notice; ``message_id`` lets a card be edited after a restart."""

    notice_id: int
    topic: str
    chat_id: int
    message_id: int


class OpenChannels(Struct, frozen=True, kw_only=True, gc=False):
    """These channels besides the chat (``email``) are configured; what was told before is not for them."""

    channels: tuple[str, ...]


class ChannelDelivered(Struct, frozen=True, kw_only=True, gc=False):
    """A channel besides the chat (``email``) has taken a notice."""

    notice_id: int
    channel: str


class MakeButtons(Struct, frozen=True, kw_only=True, gc=False):
    """A message is about to carry an offer's buttons; ``token`` is the digest of their data."""

    offer_id: int
    token: str


class Choose(Struct, frozen=True, kw_only=True, gc=False):
    """A button of an offer was pressed: the digest of its data, and which of the choices."""

    token: str
    choice: int


class ProveCode(Struct, frozen=True, kw_only=True, gc=False):
    """A person gave a right code of the second factor; one of a step used before is refused."""

    totp_step: int


class InvitePerson(Struct, frozen=True, kw_only=True, gc=False):
    """A pairing code was made; ``digest`` is all that is kept of it.

    Attributes:
        follower: The account of a person in the role of a follower, else None.
        totp_step: The time step of the code of the second factor that was given with it.
    """

    digest: str
    role: Role
    follower: AccountName | None = None
    totp_step: int | None = None


class PairPerson(Struct, frozen=True, kw_only=True, gc=False):
    """Whoever asks has sent a pairing code of this digest."""

    digest: str


class RevokePerson(Struct, frozen=True, kw_only=True, gc=False):
    """A paired person is to be heard no more."""

    user_id: int


class PairingFailed(Struct, frozen=True, kw_only=True, gc=False):
    """A person sent a pairing code that does not work: his guesses of an hour are counted."""

    user_id: int


class NameStranger(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody unknown writes to the bot, and gets no answer; owners are told once an hour."""

    user_id: int
    name: str


Request = (
    StartCopy
    | StopCopy
    | CancelRestingEntries
    | GoLive
    | GoPaper
    | TotpFailed
    | UnlockTotp
    | PauseFollower
    | ResumeFollower
    | SyncCopies
    | CopyPositions
    | DetachHoldings
    | SquareOffAll
    | ChangeSetting
    | TakeSettings
    | KeepFollowers
    | RefuseSettings
    | ChooseAlerts
    | ChooseQuietHours
    | SetKill
    | AcceptStore
    | AdoptStrangers
    | SessionStored
    | ResealSessions
    | OfferLogin
    | NoticeDelivered
    | ChannelDelivered
    | OpenChannels
    | MakeButtons
    | Choose
    | ProveCode
    | InvitePerson
    | PairPerson
    | RevokePerson
    | PairingFailed
    | NameStranger
)


class Reply(Struct, frozen=True, kw_only=True, gc=False):
    """The engine's answer, given after it is durable.

    Attributes:
        accepted: Whether the request took effect (or had already).
        duplicate: Whether this very update was answered before; nothing was done again.
        text: One or more plain lines without markup: what happened, or why not and the mend.
        op: Short id of the operation, shown to the user for ``/why``.
    """

    accepted: bool
    text: str
    duplicate: bool = False
    op: str = ""
