"""A desk, a clock and values for tests of the chat."""

import asyncio
from datetime import datetime, timedelta

from msgspec.structs import replace

from engine.core.chat.set_asks import Proposed
from engine.core.chat.story import Story
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.control import (
    CancelRestingEntries,
    ChangeSetting,
    ChooseAlerts,
    ChooseQuietHours,
    CopyPositions,
    DetachHoldings,
    GoLive,
    GoPaper,
    InvitePerson,
    NoticeDelivered,
    OfferLogin,
    PairPerson,
    PauseFollower,
    ProveCode,
    Reply,
    Requester,
    ResumeFollower,
    RevokePerson,
    SquareOffAll,
    StartCopy,
    StopCopy,
    SyncCopies,
    TotpFailed,
)
from engine.core.values.copy_view import CopyView
from engine.core.values.logins import PendingLogin
from engine.core.values.market import (
    OrderId,
    Venue,
)
from engine.core.values.position_views import AccountDrift, AccountPositions
from engine.core.values.views import AccountFunds, AccountLimits, SettingLine, StatusView
from tests.bot_chat.chat_fake_lists import FakeLists
from tests.bot_chat.chat_fake_people import FakePeople
from tests.bot_chat.chat_views import (
    MORNING,
    OK_CHECKS,
    a_status,
)


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = MORNING) -> None:
        self._now = now
        self._seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def forward(self, **span: float) -> None:
        step = timedelta(**span)
        self._now += step
        self._seconds += step.total_seconds()


_ABOUT_PEOPLE = InvitePerson | PairPerson | RevokePerson | ProveCode


class FakeDesk(FakePeople, FakeLists):
    """Answers at once, remembers what was asked, and acts once per update."""

    def __init__(self) -> None:
        FakePeople.__init__(self)
        FakeLists.__init__(self)
        self.view = a_status()
        self.asked: list[object] = []
        self.delivered: list[NoticeDelivered] = []
        self.stopped_at: list[float] = []
        self.stopped = asyncio.Event()
        self.sent: list[tuple[int | None, datetime | None]] = []
        self.checks = OK_CHECKS
        self.open_orders = 1
        self.preflight_gate: asyncio.Event | None = None
        self.ask_error: Exception | None = None
        self.copies_by_id: dict[tuple[Venue, OrderId], CopyView] = {}
        self.held: tuple[AccountPositions, ...] = ()
        self.stories: dict[str, Story] = {}
        self.spendable: tuple[AccountFunds, ...] = ()
        self.funds_gate: asyncio.Event | None = None
        self.drifts: tuple[AccountDrift, ...] = ()
        self.account_limits: tuple[AccountLimits, ...] = ()
        self.preferences: dict[int, AlertPreferences] = {}
        self.proposals: list[tuple] = []
        self.proposal: Proposed | None = Proposed(old="1", new="0.5", looser=False)
        self.settable: tuple[SettingLine, ...] = ()
        self.card_ids: dict[tuple[str, int], int] = {}
        self.answers: dict[int, Reply] = {}
        self.words: dict[type, str] = {}
        #: Requests that are refused, each with what is said.
        self.refusals: dict[type, str] = {}

    def report(self, delivered: NoticeDelivered, *, by: Requester) -> None:
        self.delivered.append(delivered)

    async def ask(self, request, *, by, update_id=None, sent_at=None) -> Reply:
        if self.ask_error is not None:
            raise self.ask_error
        if update_id is not None and update_id in self.answers:
            return replace(self.answers[update_id], duplicate=True)
        self.asked.append(request)
        if type(request) not in self.refusals:
            self._note_people(request, by)
        self.sent.append((update_id, sent_at))
        if type(request) in self.refusals:
            reply = Reply(accepted=False, text=self.refusals[type(request)])
        elif isinstance(request, _ABOUT_PEOPLE):
            reply = Reply(accepted=True, text="people changed.", op="7f42")
        else:
            reply = self._apply(request, by)
        if type(request) in self.words:
            reply = replace(reply, text=self.words[type(request)])
        if update_id is not None:
            self.answers[update_id] = reply
        await asyncio.sleep(0)
        return reply

    def _apply(self, request, by) -> Reply:  # noqa: C901, PLR0911, PLR0912 - one row a request
        match request:
            case StopCopy():
                self.stopped_at.append(asyncio.get_running_loop().time())
                self.stopped.set()
                self.view = replace(self.view, copying=False)
                return Reply(accepted=True, text="copying stopped 09:31:04.", op="7f3a")
            case StartCopy():
                self.view = replace(self.view, copying=True, since=MORNING)
                return Reply(accepted=True, text="copying since 09:31:04.", op="7f3b")
            case GoLive(armed_until=until, totp_step=step):
                self.last_step = step
                self.view = replace(self.view, venue=Venue.LIVE, armed_until=until)
                return Reply(accepted=True, text="mode is LIVE.", op="7f3c")
            case GoPaper():
                self.view = replace(self.view, venue=Venue.PAPER)
                return Reply(accepted=True, text="mode is PAPER.", op="7f3d")
            case TotpFailed():
                self.wrong_codes += 1
                return Reply(accepted=True, text=f"{5 - self.wrong_codes} tries left.")
            case PauseFollower() | ResumeFollower() | CancelRestingEntries():
                if not isinstance(request, CancelRestingEntries):
                    self._pause(request.follower, paused=isinstance(request, PauseFollower))
                return Reply(accepted=True, text="done.", op="7f3e")
            case ChooseAlerts(chat_id=chat_id, kind=kind, level=level):
                self.preferences[chat_id] = self.alerts_of(chat_id).choosing(kind, level)
                return Reply(accepted=True, text=f"{kind}: {level}.", op="7f43")
            case ChooseQuietHours(chat_id=chat_id, hours=hours):
                self.preferences[chat_id] = replace(self.alerts_of(chat_id), quiet=hours)
                return Reply(accepted=True, text="quiet hours: set.", op="7f44")
            case ChangeSetting():
                return Reply(accepted=True, text="set.", op="7f42")
            case SquareOffAll():
                self.view = replace(self.view, copying=False)
                return Reply(accepted=True, text="Panic: entries are stopped.", op="7f41")
            case OfferLogin(account=account, digest=digest, until=until, asked_in=asked_in):
                self.pending[account] = PendingLogin(
                    account=account,
                    digest=digest,
                    until=until,
                    user_id=by.user_id,
                    by=by.name,
                    asked_in=asked_in,
                )
                return Reply(accepted=True, text="")
            case SyncCopies() | CopyPositions() | DetachHoldings():
                return self._marked(request)
        raise AssertionError(request)

    def _pause(self, name, *, paused) -> None:
        accounts = tuple(
            replace(a, paused=paused) if a.name == name else a for a in self.view.accounts
        )
        self.view = replace(self.view, accounts=accounts)

    def status(self) -> StatusView:
        return self.view

    def positions(self, account=None):
        return tuple(a for a in self.held if account in (None, a.account))

    def copies(self, limit: int = 10):
        return tuple(self.copies_by_id.values())[:limit]

    def copy(self, venue, master_order_id):
        return self.copies_by_id.get((venue, master_order_id))

    async def why(self, asked):
        return self.stories.get(asked)

    async def funds(self, account=None):
        if self.funds_gate is not None:
            await self.funds_gate.wait()
        return self.spendable

    def limits(self):
        return self.account_limits

    def drift(self):
        return self.drifts

    def alerts_of(self, chat_id):
        return self.preferences.get(chat_id, AlertPreferences())

    def proposed_setting(self, follower, key, text):
        self.proposals.append((follower, key, text))
        return self.proposal

    def setting_lines(self, follower):
        return self.settable

    def open_entries(self):
        return self.open_orders

    def show(self, view: CopyView) -> None:
        self.copies_by_id[(view.venue, view.master_order_id)] = view

    async def preflight(self, venue):
        if self.preflight_gate is not None:
            await self.preflight_gate.wait()
        return self.checks

    def card_message(self, topic, chat_id):
        return self.card_ids.get((topic, chat_id))

    def offer(self, offer_id):
        return None

    def offer_of(self, token):
        return None

    def offer_notice(self, offer_id):
        return None

    def requests(self, kind: type) -> list:
        return [request for request in self.asked if isinstance(request, kind)]
