"""What is wired to what: every concrete class, and what each is given."""

import asyncio
from collections.abc import Sequence
from functools import partial
from operator import attrgetter

from bot.app.accounts import Accounts
from bot.app.channels import configured_channels
from bot.app.keeping import Keeping, missing_at_start
from bot.app.lookups import Lookups
from bot.app.operation import metrics, nightly_backup, reading
from bot.app.reports import Reports
from bot.app.rereading import Rereading
from bot.app.roster import Membership, Roster
from bot.channels.alert_channels import AlertChannels
from bot.chat.app import SECOND_POLLER, ChatBot, ChatSettings
from bot.chat.unreached import unreached
from bot.day_reads import StoredDays
from bot.dead_man import DEAD_MAN, DeadMan
from bot.desk import EngineDesk
from bot.holidays import exchange_calendar
from bot.instance import USED_CODES_NAME
from bot.kill_switch import KillSwitch
from bot.login_listener import LoginListener
from bot.logs import register_secret
from bot.pictures.renderer import Renderer
from bot.restart import alerts_left, notices_left
from bot.sealed_followers import named_beside
from bot.settings.settings import Settings
from bot.surroundings import Surroundings
from bot.used_codes import UsedCodes
from engine.brokers.kite.dial import tls_context
from engine.clock import Clock, SteadyClock
from engine.core.state.chosen import configure, known_today, rules_of_start
from engine.core.state.state import State
from engine.core.values.control import ChannelDelivered, Requester, StopCopy
from engine.core.values.counts import counted
from engine.core.values.instruments import InstrumentBook
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import MASTER, AccountName
from engine.core.values.notices import Notice
from engine.core.values.orders import Funds
from engine.core.values.proofs import AccountProof
from engine.core.values.rules import FollowerRules
from engine.margin_desk import MarginDesk
from engine.moment import LOOK_S, Lookout
from engine.paper_margins import LotMargins
from engine.paper_watch import PaperWatch
from engine.prices import PriceBoard
from engine.prober import prove
from engine.profit_watch import ProfitWatch
from engine.pulse import Pulse
from engine.runner import Hooks, Runner
from storage.journal import Journal
from storage.past_days import last_samples, stored_samples
from storage.queries import story
from storage.reserve import Reserve
from storage.vault import Vault, session_context

#: Below the data folder: what the drawing of pictures keeps about this machine's fonts.
FONTS_NAME = "fonts"


class App:
    """Everything wired together; lives for one run."""

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        kill_switch: KillSwitch,
        journal: Journal,
        *,
        clock: Clock,
        around: Surroundings,
    ) -> None:
        self.settings = settings
        self.vault = vault
        self.journal = journal
        # People and codes go by the machine's clock; what the engine stamps never goes back.
        self.machine_clock, self.clock = clock, SteadyClock(clock)
        self._calendar = exchange_calendar(
            clock.now().year, always_open=settings.calendar == "always_open"
        )
        self._lookups = Lookups(
            # Asked for every order: in C, as a function of ours would cost five times as much.
            partial(attrgetter("runner.state"), self),
            clock=self.clock,
            calendar=self._calendar,
        )
        self.roster = Roster()
        state = journal.load()
        self._settings_before = state.settings_at
        named = [settings.master, *(one.account for one in settings.followers)]
        left, self.lets_go = missing_at_start(state, vault, named=tuple(named))
        self.named, self.left_out = named_beside(
            settings.followers, left, known=known_today(state, at=clock.now())
        )
        #: Those of the file, and whoever is to be removed and still has copies.
        self.followers = (*self.named, *left)
        self._counted = rules_of_start(
            state, self._in_file(), settings.max_daily_loss, at=clock.now()
        )
        self._restored(state)
        self.reserve = Reserve(settings.data_dir)
        hooks = Hooks(
            notify=self._notify,
            read=self._read,
            restored=self._restored,
            make_room=self.reserve.give_back,
            ask_margin=self._ask_margin,
        )
        self.metrics = metrics(
            settings,
            journal,
            self.clock,
            read=lambda: reading(self.runner.state, self.chat, self.channels),
            failed=self._no_metrics,
        )
        counted = journal if self.metrics is None else self.metrics.journal
        self.runner = Runner(state, counted, clock=self.clock, hooks=hooks)
        self.reports = Reports(self.runner, clock=self.clock)
        prices, tls = PriceBoard(), tls_context(settings.kite.ca_file)
        accounts = Accounts(
            self.runner,
            clock=self.clock,
            prices=prices,
            lookups=self._lookups,
            reports=self.reports,
            recorded=lambda: journal.newest_event,
        )
        self.lot_margins = LotMargins(
            self.roster.followers_readers, clock=self.clock, state=lambda: self.runner.state
        )
        self.membership = Membership(
            self.roster,
            accounts,
            at_kite=partial(accounts.member, kite=settings.kite, tls=tls),
            on_paper=lambda name: accounts.paper(
                name, funds=partial(self._paper_funds, name), lots=self.lot_margins
            ),
            lookout=Lookout(self.clock, kill_switch, for_s=LOOK_S),
            vault=vault,
            state=lambda: self.runner.state,
            clock=self.clock,
        )
        self.membership.found(settings.master, self.followers)
        self.keeping = Keeping(
            self.roster.used,
            vault=vault,
            state=lambda: self.runner.state,
            report=partial(self.runner.report, by=Requester(user_id=0, name="settings")),
        )
        self.paper_watch = PaperWatch(
            self.roster.papers,
            self.roster.readings,
            clock=self.clock,
            state=lambda: self.runner.state,
        )
        self.profit_watch = ProfitWatch(
            self.runner, journal, clock=self.clock, is_open=self._calendar.any_open
        )
        self.margins = MarginDesk(
            self.roster.readers,
            funds=self.roster.readings,
            clock=self.clock,
            offer=self.runner.offer,
        )
        self.runner.lanes = self.roster.lanes
        self.pulse = Pulse(
            self.runner,
            clock=self.clock,
            prices=prices,
            master=self.roster.members[MASTER].feed,
            gateways=self.roster.gateways,
            source=self.roster.members[MASTER].account.instruments,
            kill=kill_switch,
            listed=self._listed,
        )
        self.desk = EngineDesk(
            self.runner,
            clock=clock,
            sessions=self.roster.sessions,
            readers=self.roster.readers,
            story=partial(story, settings.data_dir),
            sealer=vault,
            context_of=session_context,
            live_refusals=settings.live_refusals(key_file_used=vault.uses_key_file),
            problems=self._problems,
            store_fault=lambda: journal.fault() or self.reserve.fault(),
            changed=self._session_changed,
            registered=register_secret,
            used_codes=UsedCodes(settings.data_dir / USED_CODES_NAME),
            prove=self._prove,
            machine=lambda: asyncio.to_thread(  # disks are slow
                around.machine, self.rereading.counts
            ),
            days=StoredDays(
                settings.data_dir,
                lambda: self.runner.state,
                clock=self.clock,
                samples=stored_samples,
                last_samples=last_samples,
            ),
        )
        self.rereading = Rereading(
            self.desk,
            self.membership,
            self.roster,
            begun=settings,
            reread=around.reread,
            vault=vault,
            state=lambda: self.runner.state,
        )
        self.chat = ChatBot(
            self.desk, clock, _chat_settings(settings), conflicted=self.reports.unheard
        )
        self.chat.herald.history = lambda: journal.head().short
        minutes = settings.telegram.dead_man_minutes
        self.dead_man = (
            DeadMan(
                self.clock,
                limit_s=minutes * 60,
                silent_s=lambda: self.chat.silent_s,
                is_armed=lambda: self.runner.state.copying and self._lookups.may_write(),
                stop=self._stop_unheard,
            )
            if minutes is not None
            else None
        )
        listener = settings.listener
        self.login_listener = (
            LoginListener(
                listener.bind,
                pending=self.chat.login_pending,
                called_back=self.chat.login_called_back,
                clock=clock,
            )
            if listener is not None
            else None
        )
        self.nightly = nightly_backup(settings, self.clock, failed=self.reports.no_backup)
        self.renderer = Renderer(settings.data_dir / FONTS_NAME)
        self.chat.pictures.draw = self.renderer.draw
        people = self.chat.people
        for notice, chats in notices_left(journal, people.everybody(), now=clock.now()):
            waiting = [each for each in chats if people.missed(each, notice)]
            if waiting:
                self.chat.offer_again(notice, waiting)
        self.channels = AlertChannels(
            configured_channels(settings.channels, clock),
            clock=clock,
            delivered=self._forwarded,
            told=self.reports.channel,
        )
        opened = {name: at for name, at in state.channels.items() if name in self.channels.names}
        for notice, names in alerts_left(journal, opened, now=clock.now()):
            self.channels.offer_again(notice, names)

    @property
    def holds_back(self) -> bool:
        """Whether something of the file waits for a person at this start."""
        return self._counted != (self._in_file(), self.settings.max_daily_loss)

    def _in_file(self) -> tuple[FollowerRules, ...]:
        return tuple(one.rules for one in self.followers)

    def _listed(self, book: InstrumentBook) -> None:
        self._lookups.instruments = book
        self.roster.members[MASTER].reconciler.forget()

    def _restored(self, state: State) -> None:
        """Put what the journal does not hold into a state that was folded from it."""
        if state.settings_at == self._settings_before:
            # What was read again in this run is in the journal already.
            self.unread_settings = configure(
                state,
                self._counted[0],
                total_loss_limit=self._counted[1],
            )
        state.instruments = self._lookups.instruments
        state.calendar = self._calendar
        state.owners = frozenset(self.settings.telegram.admins)
        master = state.account(MASTER)
        if master.user_id not in ("", self.settings.master.user_id):
            # The kept session is of the account that was the master before, and so is what it had.
            master.session_ok = False
            master.funds = master.funds_at = None
        master.user_id = self.settings.master.user_id
        for member in self.roster.members.values():
            member.reconciler.forget()

    def _paper_funds(self, name: AccountName) -> Funds | None:
        return self.paper_watch.funds(name)

    async def _prove(self) -> tuple[AccountProof, ...]:
        return await prove(member.prober for member in self.roster.members.values())

    def _session_changed(self, name: AccountName) -> None:
        member = self.roster.members.get(name)
        if member is not None:
            member.reconciler.forget()
            member.funds.forget()
        if name == MASTER:
            self.pulse.session_began()

    def _notify(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self.tell(notice)

    def tell(self, notice: Notice) -> None:
        """Tell people, by the chat and every other channel. Returns at once."""
        self.chat.offer(notice)
        self.channels.offer(notice)

    def _forwarded(self, notice: Notice, channel: str) -> None:
        delivered = ChannelDelivered(notice_id=notice.notice_id, channel=channel)
        self.desk.report(delivered, by=Requester(user_id=0, name=channel))

    def _ask_margin(self, questions: Sequence[MarginQuestion]) -> None:
        self.margins.ask(questions)

    def _read(self, accounts: frozenset[AccountName]) -> None:
        members = self.roster.members
        if not accounts <= members.keys():
            # Somebody has just joined: his login button may be pressed in the next moment.
            self.membership.look()
        for name in accounts & members.keys():
            members[name].reconciler.ask()

    def _no_metrics(self, text: str) -> None:
        self.reports.no_metrics(text)

    async def _stop_unheard(self, text: str) -> None:
        await self.desk.ask(StopCopy(), by=DEAD_MAN)
        self.reports.unheard(text)

    def _problems(self) -> tuple[str, ...]:
        found = [self.reserve.problem] if self.reserve.problem else []
        if silence := unreached(self.chat.silent_s, now=self.clock.now()):
            found.append(silence)
        if self.chat.in_conflict:
            found.append(SECOND_POLLER)
        if not len(self._lookups.instruments):
            out = not self.runner.state.account(MASTER).session_ok
            mend = " - log in the master: /login" if out else ""
            found.append(f"today's instruments are not loaded yet{mend}")
        if self.login_listener is not None and self.login_listener.problem:
            found.append(self.login_listener.problem)
        for name, member in self.roster.members.items():
            if member.feed.malformed:
                found.append(f"{name}: {counted(member.feed.malformed, 'unreadable socket frame')}")
        return tuple(found)


def _chat_settings(settings: Settings) -> ChatSettings:
    return ChatSettings(
        bot_token=settings.telegram.bot_token,
        admins=frozenset(settings.telegram.admins),
        api_url=settings.telegram.api_url,
        totp_secret=settings.security.totp_secret,
        require_totp=settings.security.require_totp,
        login_calls_back=settings.listener is not None,
    )
