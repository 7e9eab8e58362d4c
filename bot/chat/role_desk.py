"""The engine's door, no wider than a role needs: what it does not show cannot be said by mistake.

A second lock behind ``roles.py``: whatever a handler asks, a follower's door answers with his own
account, and only an owner's lets anything through that adds risk.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from msgspec.structs import replace
from typing_extensions import override

from bot.chat.chat_desk import ChatDesk
from bot.day_reads import DayReads
from engine.core.chat.offer_view import OfferView
from engine.core.chat.set_asks import Proposed
from engine.core.chat.story import Story, Subject
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.control import (
    ChannelDelivered,
    ChooseAlerts,
    ChooseQuietHours,
    NoticeDelivered,
    PairPerson,
    PauseFollower,
    Reply,
    Request,
    Requester,
    StopCopy,
)
from engine.core.values.copy_view import CopyView
from engine.core.values.day_report import DayProfit, DayReport
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.people import PersonView, Role
from engine.core.values.position_views import (
    AccountDrift,
    AccountPositions,
    DetachProposal,
    SyncProposal,
)
from engine.core.values.profit_sample import ProfitSample
from engine.core.values.secrets import Secret
from engine.core.values.strangers import StrangerView
from engine.core.values.views import AccountFunds, AccountLimits, CheckLine, SettingLine, StatusView
from engine.errors import LoginRefused

_REFUSED = Reply(accepted=False, text="That is for owners.")
#: An account that no settings can have: a follower whose account was taken out sees nothing.
_NOBODY = AccountName("")


class RoleDesk(ChatDesk):
    """What an operator or a follower may read and ask.

    Args:
        desk: The whole door.
        role: Operator or follower.
        account: A follower's account; None where it is not configured any more.
    """

    def __init__(self, desk: ChatDesk, role: Role, account: AccountName | None) -> None:
        self._desk = desk
        self._role = role
        self._only = (account or _NOBODY) if role is Role.FOLLOWER else None

    def _shows(self, account: str) -> bool:
        return self._only is None or account == self._only

    @override
    async def ask(
        self,
        request: Request,
        *,
        by: Requester,
        update_id: int | None = None,
        sent_at: datetime | None = None,
    ) -> Reply:
        pauses = isinstance(request, PauseFollower) and self._shows(request.follower)
        stops = isinstance(request, StopCopy) and self._role is Role.OPERATOR
        # How loud his own chat is concerns nobody else.
        own = isinstance(request, ChooseAlerts | ChooseQuietHours) and request.chat_id == by.user_id
        if not (pauses or stops or own or isinstance(request, PairPerson)):
            return _REFUSED
        return await self._desk.ask(request, by=by, update_id=update_id, sent_at=sent_at)

    @override
    def report(self, delivered: NoticeDelivered | ChannelDelivered, *, by: Requester) -> None:
        self._desk.report(delivered, by=by)

    @override
    def status(self) -> StatusView:
        view = self._desk.status()
        if self._only is None:
            return view
        accounts = tuple(each for each in view.accounts if self._shows(each.name))
        losses = tuple(line for line in view.losses if line.startswith(f"{self._only}:"))
        return replace(
            view,
            accounts=accounts,
            losses=losses,
            problems=(),
            open_offers=0,
            resting_entries=0,
            totp_locked=False,
        )

    @override
    def strangers(self) -> tuple[str, tuple[StrangerView, ...]]:
        return self._desk.strangers() if self._only is None else ("", ())

    @override
    def positions(self, account: AccountName | None = None) -> tuple[AccountPositions, ...]:
        return tuple(each for each in self._desk.positions(account) if self._shows(each.account))

    @override
    def copies(self, limit: int = 10) -> tuple[CopyView, ...]:
        if self._only is None:
            return self._desk.copies(limit)
        # His own may be few among them; to look at each takes a tenth of a millisecond of the loop.
        mine = (self._own(view) for view in self._desk.copies(_LOOKED_THROUGH))
        return tuple(view for view in mine if view is not None)[:limit]

    @override
    def copy(self, venue: Venue, master_order_id: OrderId) -> CopyView | None:
        view = self._desk.copy(venue, master_order_id)
        return view if self._only is None or view is None else self._own(view)

    def _own(self, view: CopyView) -> CopyView | None:
        """Return a copy without the master's figures and the others' parts; None without a part of his."""
        children = tuple(
            replace(each, slippage_bps=None) for each in view.children if self._shows(each.follower)
        )
        if not children:
            return None
        return replace(
            view,
            children=children,
            quantity=0,
            filled=0,
            price=None,
            trigger_price=None,
            average_price=None,
            alone=True,
        )

    @override
    async def why(self, asked: str) -> Story | None:
        story = await self._desk.why(asked)
        if story is None or self._only is None:
            return story
        lines = tuple(line for line in story.lines if line.who == self._only)
        # What a person asked for is nobody else's to read.
        if not lines or story.subject is Subject.OPERATION:
            return None
        return replace(story, lines=lines, title=f"{self._only} in the order {asked}")

    @override
    async def funds(self, account: AccountName | None = None) -> tuple[AccountFunds, ...]:
        found = await self._desk.funds(account if self._only is None else self._only)
        return tuple(each for each in found if self._shows(each.account))

    @override
    def drift(self) -> tuple[AccountDrift, ...]:
        return tuple(each for each in self._desk.drift() if self._shows(each.account))

    @override
    def limits(self) -> tuple[AccountLimits, ...]:
        return tuple(each for each in self._desk.limits() if self._shows(each.account))

    @property
    @override
    def days(self) -> DayReads:
        return self._desk.days if self._only is None else _OwnDays(self._desk.days, self._only)

    @override
    async def preflight(self, venue: Venue) -> tuple[CheckLine, ...]:
        return ()

    @override
    async def checked(self, venue: Venue) -> tuple[CheckLine, ...]:
        return ()

    @override
    def open_entries(self) -> int:
        return 0

    @override
    def proposed_setting(
        self, follower: AccountName, key: str, text: str | None
    ) -> Proposed | None:
        return None

    @override
    def setting_lines(self, follower: AccountName) -> tuple[SettingLine, ...]:
        return self._desk.setting_lines(follower) if self._shows(follower) else ()

    @override
    def pending_logins(self) -> tuple[PendingLogin, ...]:
        return ()

    @override
    def sync_proposal(self, follower: AccountName | None) -> SyncProposal:
        return SyncProposal(orders=(), left=(), mark="")

    @override
    def positions_proposal(self, without: Collection[AccountName] = ()) -> SyncProposal:
        return SyncProposal(orders=(), left=(), mark="")

    @override
    async def affordable_positions(self) -> SyncProposal:
        return self.positions_proposal()

    @override
    def detach_proposal(self, follower: AccountName, symbol: str | None) -> DetachProposal:
        return DetachProposal(rows=(), mark="")

    @override
    def login_url(self, account: AccountName, state: str) -> str:
        raise LoginRefused(_REFUSED.text)

    @override
    async def login(
        self,
        account: AccountName,
        request_token: Secret,
        *,
        by: Requester,
        update_id: int | None = None,
    ) -> str:
        raise LoginRefused(_REFUSED.text)

    @override
    def totp_last_step(self) -> int | None:
        return self._desk.totp_last_step()

    @override
    def totp_locked(self) -> bool:
        return self._desk.totp_locked()

    @override
    def code_accepted_at(self, user_id: int) -> datetime | None:
        return None

    @override
    def people(self) -> tuple[PersonView, ...]:
        return self._desk.people()

    @override
    def name_stranger(self, user_id: int, name: str) -> None:
        self._desk.name_stranger(user_id, name)

    @override
    def pairing_guesses(self, user_id: int) -> int:
        return self._desk.pairing_guesses(user_id)

    @override
    def pairing_failed(self, user_id: int) -> None:
        self._desk.pairing_failed(user_id)

    @override
    def invites(self, digest: str) -> bool:
        return self._desk.invites(digest)

    @override
    def card_message(self, topic: str, chat_id: int) -> int | None:
        return self._desk.card_message(topic, chat_id)

    @override
    def alerts_of(self, chat_id: int) -> AlertPreferences:
        return self._desk.alerts_of(chat_id)

    @override
    def offer(self, offer_id: int) -> OfferView | None:
        return None

    @override
    def offer_of(self, token: str) -> OfferView | None:
        return None

    @override
    def offer_notice(self, offer_id: int) -> Notice | None:
        return None


#: The newest orders of the master among which a follower's own are looked for.
_LOOKED_THROUGH = 200


class _OwnDays(DayReads):
    """Trading days as one follower's figures alone."""

    def __init__(self, days: DayReads, only: AccountName) -> None:
        self._days, self._only = days, only

    @override
    def today(self) -> date | None:
        return self._days.today()

    @override
    async def report(self, venue: Venue) -> DayReport:
        return self._own(await self._days.report(venue))

    @override
    async def reports(self, first: date, last: date, *, rows: bool) -> tuple[DayReport, ...]:
        found = await self._days.reports(first, last, rows=rows)
        return tuple(self._own(each) for each in found)

    @override
    async def samples(self, day: date) -> tuple[ProfitSample, ...]:
        return self._of_mine(await self._days.samples(day))

    @override
    async def last_samples(self, first: date, last: date) -> tuple[ProfitSample, ...]:
        return self._of_mine(await self._days.last_samples(first, last))

    def _of_mine(self, samples: Sequence[ProfitSample]) -> tuple[ProfitSample, ...]:
        return tuple(each for each in samples if each.account == self._only)

    def _own(self, report: DayReport) -> DayReport:
        mine = (each for each in report.followers if each.name == self._only)
        return replace(
            report,
            orders=0,
            master=DayProfit(rupees=None),
            followers=tuple(replace(each, ratio=None, scaled=None) for each in mine),
            rows=(),
        )
