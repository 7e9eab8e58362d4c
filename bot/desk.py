"""The engine's door: what the chat and the command line may call."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from functools import partial

from msgspec.structs import replace
from typing_extensions import override

from bot.account_funds import read_funds
from bot.account_logins import AccountLogins, Sealer
from bot.chat.chat_desk import ChatDesk
from bot.chat.spoken import QUOTED, cleaned
from bot.day_reads import DayReads
from bot.live_checks import LiveChecks, nobody_asked, nothing_seen
from bot.positions_margin import margins_of
from bot.used_codes import UsedCodes
from engine.clock import Clock
from engine.core.chat.limits_view import limits_view
from engine.core.chat.offer_view import OfferView, offer_of_token, offer_view
from engine.core.chat.reading import positions_view, status_view
from engine.core.chat.reading_copies import copy_view, copy_views, order_numbered
from engine.core.chat.set_asks import Proposed, proposed, setting_lines
from engine.core.chat.story import Story
from engine.core.observe.adoption import strangers_view
from engine.core.observe.drift import drift_view
from engine.core.observe.open_positions import positions_proposal
from engine.core.observe.sync import sync_proposal
from engine.core.observe.taking_part import open_entries
from engine.core.planning.detach import detach_proposal
from engine.core.risk.fence import frozen_line
from engine.core.state.people import guesses_of, invitation_of, people_view
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.control import (
    AdoptStrangers,
    ChannelDelivered,
    GoLive,
    GoPaper,
    InvitePerson,
    NameStranger,
    NoticeDelivered,
    PairingFailed,
    ProveCode,
    Reply,
    Request,
    Requester,
    SetKill,
)
from engine.core.values.copy_view import CopyView
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import Notice
from engine.core.values.people import PersonView
from engine.core.values.position_views import (
    AccountDrift,
    AccountPositions,
    DetachProposal,
    SyncProposal,
)
from engine.core.values.proofs import AccountProof
from engine.core.values.secrets import Secret
from engine.core.values.strangers import StrangerView
from engine.core.values.views import (
    AccountFunds,
    AccountLimits,
    CheckLine,
    SettingLine,
    StatusView,
)
from engine.ports import AccountReader, SessionDesk
from engine.runner import Runner

#: What may carry a code of the second factor.
_PROVED = GoLive | SetKill | AdoptStrangers | ProveCode | InvitePerson


class EngineDesk(ChatDesk):
    """Asks the runner and reads its state; everything on the engine's loop.

    Args:
        runner: The one writer.
        clock: The time.
        sessions: The login of each account.
        readers: The reads of each account, the master first.
        story: Tells the story of an id from the store; given what finds an order by its number.
        sealer: Encrypts access tokens for the store.
        context_of: Names what a sealed token is bound to.
        live_refusals: Why LIVE may not be armed, whatever the state.
        problems: One-line problems to show on the status card.
        store_fault: Says why the store should not be trusted, or an empty text.
        changed: Told after a login, with the account.
        registered: Told of every new secret, so that the logs hide it.
        used_codes: Notes every code that is taken, so that it works once.
        days: Reads whole trading days.
        prove: Asks every account's broker what can be asked without an order.
        machine: Looks at files, disk and clock as the doctor does, beside the loop.
    """

    def __init__(  # noqa: PLR0913 - a door has many hinges; each is named where it is built
        self,
        runner: Runner,
        *,
        clock: Clock,
        sessions: Mapping[AccountName, SessionDesk],
        readers: Mapping[AccountName, AccountReader],
        story: Callable[[str, Callable[[str], OrderId | None]], Awaitable[Story | None]],
        sealer: Sealer,
        context_of: Callable[[AccountName], str],
        live_refusals: tuple[str, ...],
        problems: Callable[[], tuple[str, ...]],
        store_fault: Callable[[], str],
        changed: Callable[[AccountName], None],
        registered: Callable[[Secret], None],
        used_codes: UsedCodes,
        days: DayReads,
        prove: Callable[[], Awaitable[tuple[AccountProof, ...]]] = nobody_asked,
        machine: Callable[[], Awaitable[tuple[CheckLine, ...]]] = nothing_seen,
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._sessions = sessions
        self._readers = readers
        self._story = story
        self._problems = problems
        self._changed = changed
        self._logins = AccountLogins(
            runner,
            sessions=sessions,
            readers=readers,
            sealer=sealer,
            context_of=context_of,
            changed=changed,
            registered=registered,
        )
        self._used_codes = used_codes
        self._days = days
        self._checks = LiveChecks(
            lambda: runner.state,
            clock=clock,
            refusals=live_refusals,
            store_fault=store_fault,
            prove=prove,
            machine=machine,
        )

    def keep_refusals(self, lines: tuple[str, ...]) -> None:
        """Go by other reasons why LIVE may not be armed: the settings were read again."""
        self._checks.refusals = lines

    @property
    @override
    def days(self) -> DayReads:
        return self._days

    @override
    async def ask(
        self,
        request: Request,
        *,
        by: Requester,
        update_id: int | None = None,
        sent_at: datetime | None = None,
    ) -> Reply:
        if isinstance(request, GoLive) and self._checks.refusals:
            return Reply(accepted=False, text="\n".join(self._checks.refusals))
        # Before it acts: a command that fails afterwards has used its code up all the same.
        step = request.totp_step if isinstance(request, _PROVED) else None
        if step is not None and not self._used_codes.spend(step):
            used = "That code was used already: wait for the next one."
            return Reply(accepted=False, text=used)
        reply = await self._runner.ask(request, by=by, update_id=update_id, sent_at=sent_at)
        if isinstance(request, GoLive | GoPaper):
            for account in self._sessions:
                self._changed(account)
        return reply

    @override
    def report(self, delivered: NoticeDelivered | ChannelDelivered, *, by: Requester) -> None:
        self._runner.report(delivered, by=by)

    @override
    def status(self) -> StatusView:
        return status_view(self._runner.state, now=self._clock.now(), problems=self._problems())

    @override
    def strangers(self) -> tuple[str, tuple[StrangerView, ...]]:
        state = self._runner.state
        return frozen_line(state), strangers_view(state)

    @override
    def positions(self, account: AccountName | None = None) -> tuple[AccountPositions, ...]:
        return positions_view(self._runner.state, account)

    @override
    def copies(self, limit: int = 10) -> tuple[CopyView, ...]:
        return copy_views(self._runner.state, limit)

    @override
    def copy(self, venue: Venue, master_order_id: OrderId) -> CopyView | None:
        return copy_view(self._runner.state, venue, master_order_id)

    @override
    async def why(self, asked: str) -> Story | None:
        return await self._story(asked, partial(order_numbered, self._runner.state))

    @override
    async def funds(self, account: AccountName | None = None) -> tuple[AccountFunds, ...]:
        return await read_funds(self._runner.state, self._readers, account)

    @override
    def drift(self) -> tuple[AccountDrift, ...]:
        return drift_view(self._runner.state)

    @override
    def limits(self) -> tuple[AccountLimits, ...]:
        return limits_view(self._runner.state)

    @override
    async def preflight(self, venue: Venue) -> tuple[CheckLine, ...]:
        return await self._checks.preflight(venue)

    @override
    async def checked(self, venue: Venue) -> tuple[CheckLine, ...]:
        return await self._checks.checked(venue)

    @override
    def open_entries(self) -> int:
        return len(open_entries(self._runner.state))

    @override
    def proposed_setting(
        self, follower: AccountName, key: str, text: str | None
    ) -> Proposed | None:
        return proposed(self._runner.state, follower, key, text)

    @override
    def setting_lines(self, follower: AccountName) -> tuple[SettingLine, ...]:
        return setting_lines(self._runner.state, follower)

    @override
    def sync_proposal(self, follower: AccountName | None) -> SyncProposal:
        return sync_proposal(self._runner.state, follower, at=self._clock.now())

    @override
    def positions_proposal(self, without: Collection[AccountName] = ()) -> SyncProposal:
        return positions_proposal(self._runner.state, at=self._clock.now(), without=without)

    @override
    async def affordable_positions(self) -> SyncProposal:
        found = self.positions_proposal()
        if self._runner.state.venue is Venue.PAPER or not found.orders:
            return found
        margins = await margins_of(found.orders, self._readers)
        short = [each for each in margins if each.is_short]
        left = self.positions_proposal(tuple(dict.fromkeys(each.follower for each in short)))
        return replace(left, margins=margins)

    @override
    def detach_proposal(self, follower: AccountName, symbol: str | None) -> DetachProposal:
        return detach_proposal(self._runner.state, follower, symbol)

    @override
    def pending_logins(self) -> tuple[PendingLogin, ...]:
        return tuple(self._runner.state.logins.values())

    @override
    def login_url(self, account: AccountName, state: str) -> str:
        return self._logins.url(account, state)

    @override
    async def login(
        self,
        account: AccountName,
        request_token: Secret,
        *,
        by: Requester,
        update_id: int | None = None,
    ) -> str:
        return await self._logins.take(account, request_token, by=by, update_id=update_id)

    @override
    def totp_last_step(self) -> int | None:
        steps = (self._runner.state.totp_last_step, self._used_codes.newest())
        return max((step for step in steps if step is not None), default=None)

    @override
    def code_accepted_at(self, user_id: int) -> datetime | None:
        return self._runner.state.codes_accepted.get(user_id)

    @override
    def people(self) -> tuple[PersonView, ...]:
        return people_view(self._runner.state)

    @override
    def name_stranger(self, user_id: int, name: str) -> None:
        said = " ".join(cleaned(name).split())[:QUOTED] or "no name"
        request = NameStranger(user_id=user_id, name=said)
        self._runner.report(request, by=Requester(user_id=user_id, name=said))

    @override
    def pairing_guesses(self, user_id: int) -> int:
        return guesses_of(self._runner.state, user_id, at=self._clock.now())

    @override
    def pairing_failed(self, user_id: int) -> None:
        by = Requester(user_id=user_id, name=str(user_id))
        self._runner.report(PairingFailed(user_id=user_id), by=by)

    @override
    def invites(self, digest: str) -> bool:
        return invitation_of(self._runner.state, digest, at=self._clock.now()) is not None

    @override
    def card_message(self, topic: str, chat_id: int) -> int | None:
        return self._runner.state.cards.get((topic, chat_id))

    @override
    def offer(self, offer_id: int) -> OfferView | None:
        return offer_view(self._runner.state, offer_id)

    @override
    def offer_of(self, token: str) -> OfferView | None:
        return offer_of_token(self._runner.state, token)

    @override
    def offer_notice(self, offer_id: int) -> Notice | None:
        offer = self._runner.state.offers.get(offer_id)
        return offer.notice if offer is not None else None

    @override
    def alerts_of(self, chat_id: int) -> AlertPreferences:
        return self._runner.state.alerts.get(chat_id, AlertPreferences())

    @override
    def totp_locked(self) -> bool:
        return self._runner.state.totp_locked
