"""The composition root: the only place that names concrete classes, and the life of the process."""

import asyncio
import contextlib
import logging
import random
import signal
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.channels.alert_channels import AlertChannels
from bot.channels.apprise_urls import AppriseChannel
from bot.channels.channel import Channel
from bot.channels.discord import DiscordChannel
from bot.channels.mail import MailChannel
from bot.chat.app import SECOND_POLLER, ChatBot, ChatSettings
from bot.control_socket import ControlSocket
from bot.desk import EngineDesk
from bot.holidays import exchange_calendar
from bot.instance import USED_CODES_NAME
from bot.kill_switch import KillSwitch
from bot.logs import register_secret
from bot.restart import (
    alerts_left,
    keep_noted,
    kept_session,
    lost_on_paper,
    note_reached,
    notices_left,
    open_paper_rows,
    paper_positions,
    writes_sent,
)
from bot.settings import AccountSettings, Settings
from bot.used_codes import UsedCodes
from bot.verbs import verbs
from engine.attention import follower_needs, funds_every_s, master_needs
from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.brokers.kite.dial import tls_context
from engine.brokers.paper import PaperMarket, PaperVenue
from engine.budget import RateBudget
from engine.clock import Clock, SteadyClock, SystemClock
from engine.core.decide import trading_day_of
from engine.core.risk.gates import entry_epoch
from engine.core.state.fill_order import Doubt, needs_fills
from engine.core.state.state import State
from engine.core.state.turn import topic_of
from engine.core.values.control import ChannelDelivered, Requester
from engine.core.values.events import BookRead, ClockCompared, Event, Faulted, RowHinted, Started
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument, InstrumentBook
from engine.core.values.margins import MarginQuestion
from engine.core.values.market import MASTER, AccountName, Exchange, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.orders import OrderRow
from engine.core.values.secrets import Secret
from engine.core.values.sessions import Phase
from engine.errors import CopyTraderError
from engine.feed import Feed
from engine.funds_watch import FundsWatch
from engine.lanes import Lane
from engine.margin_desk import MarginDesk
from engine.paper_watch import PaperWatch
from engine.prices import PriceBoard
from engine.pulse import Pulse
from engine.reconciler import Needs, Reconciler
from engine.runner import Hooks, Runner
from engine.supervisor import Supervisor
from storage.journal import Journal
from storage.mark import StoreMark, refuse_the_past
from storage.queries import story
from storage.reserve import Reserve
from storage.vault import Vault, session_context

_log = logging.getLogger(__name__)

#: Contract: SIGINT and SIGTERM are a bounded drain; the chat takes its own part of it.
DRAIN_S = 2.0
_SEGMENTS = frozenset(Exchange)
#: Seconds between looks whether the store's reserve stands; a disk fills and empties in minutes.
RESERVE_LOOK_S = 30.0


async def run_app(
    settings: Settings,
    vault: Vault,
    kill_switch: KillSwitch,
    control_path: Path,
    began: Callable[[Venue], None],
) -> int:
    """Run engine and chat until a signal.

    Args:
        settings: Checked.
        vault: Opens kept sessions.
        kill_switch: Stops entries whatever else runs.
        control_path: Where the command line is answered.
        began: Called once, with the venue, when everything runs.

    Returns:
        0 after SIGINT or SIGTERM.

    Raises:
        StoreDamaged: The store cannot be used, or is of the past.
        JournalError: The store could not be written any more.
    """
    journal = Journal.open(settings.data_dir)
    try:
        mark = StoreMark.beside(settings.key_file, settings.data_dir)
        refuse_the_past(journal, mark)
        app = App(settings, vault, kill_switch, journal, clock=SystemClock())
        try:
            await app.run(control_path, began, mark=mark)
        finally:
            note_reached(mark, journal)
    finally:
        journal.close()
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account's adapters and what watches it."""

    account: KiteAccount
    feed: Feed
    reconciler: Reconciler
    funds: FundsWatch


class App:
    """Everything wired together; lives for one :meth:`run`."""

    def __init__(
        self,
        settings: Settings,
        vault: Vault,
        kill_switch: KillSwitch,
        journal: Journal,
        *,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._vault = vault
        self._kill = kill_switch
        self._journal = journal
        # People and codes go by the machine's clock; what the engine stamps never goes back.
        self._machine_clock, self._clock = clock, SteadyClock(clock)
        self._instruments = NO_INSTRUMENTS
        self._prices = PriceBoard()
        self._calendar = exchange_calendar(
            clock.now().year, always_open=settings.calendar == "always_open"
        )
        self._members: dict[AccountName, Member] = {}
        state = journal.load()
        self._restored(state)
        self._reserve = Reserve(settings.data_dir)
        hooks = Hooks(
            notify=self._notify,
            read=self._read,
            restored=self._restored,
            make_room=self._reserve.give_back,
            ask_margin=self._ask_margin,
        )
        self.runner = Runner(state, journal, clock=self._clock, hooks=hooks)
        tls = tls_context(settings.kite.ca_file)
        self._members[MASTER] = self._member(settings.master, None, tls)
        for one in settings.followers:
            self._members[one.account.name] = self._member(one.account, one.proxy, tls)
        self._papers = {name: self._paper(name) for name in self._members if name != MASTER}
        self._paper_watch = PaperWatch(
            self._papers,
            {name: member.account.reader for name, member in self._members.items()},
            clock=self._clock,
            state=lambda: self.runner.state,
        )
        self._margins = MarginDesk(
            {name: member.account.reader for name, member in self._members.items()},
            clock=self._clock,
            offer=self.runner.offer,
        )
        self.runner.lanes = self._lanes()
        self._pulse = Pulse(
            self.runner,
            clock=self._clock,
            prices=self._prices,
            master=self._members[MASTER].feed,
            gateways={name: member.account.gateway for name, member in self._members.items()},
            source=self._members[MASTER].account.instruments,
            kill=kill_switch,
            listed=self._listed,
        )
        self.desk = EngineDesk(
            self.runner,
            clock=clock,
            sessions={name: member.account.desk for name, member in self._members.items()},
            readers={name: member.account.reader for name, member in self._members.items()},
            story=partial(story, settings.data_dir),
            sealer=vault,
            context_of=session_context,
            live_refusals=settings.live_refusals(key_file_used=vault.uses_key_file),
            problems=self._problems,
            store_fault=lambda: journal.fault() or self._reserve.fault(),
            changed=self._session_changed,
            registered=register_secret,
            used_codes=UsedCodes(settings.data_dir / USED_CODES_NAME),
        )
        self.chat = ChatBot(
            self.desk, clock, _chat_settings(settings), conflicted=self._second_poller
        )
        for notice, chats in notices_left(journal, settings.telegram.admins, now=clock.now()):
            self.chat.offer_again(notice, chats)
        self.channels = AlertChannels(
            alert_channels(settings, clock),
            clock=clock,
            delivered=self._forwarded,
            told=self._channel_told,
        )
        for notice, names in alerts_left(journal, self.channels.names, now=clock.now()):
            self.channels.offer_again(notice, names)

    async def run(
        self, control_path: Path, began: Callable[[Venue], None], *, mark: StoreMark
    ) -> None:
        """Start everything, wait for a signal or a failed journal, and end within five seconds."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        socket = ControlSocket(
            control_path, verbs(self.desk, self._settings.security, self._machine_clock)
        )
        self._begin()
        # Behind the start itself: what is told is what came of it.
        asyncio.get_running_loop().call_soon(self.chat.greet)
        await socket.start()
        asyncio.get_running_loop().call_soon(lambda: began(self.runner.state.venue))
        try:
            async with asyncio.TaskGroup() as group:
                supervisor = Supervisor(group, clock=self._clock, faulted=self._faulted)
                self._watch_all(supervisor)
                supervisor.watch(
                    "store mark", partial(keep_noted, mark, self._journal, self._clock)
                )
                ended = group.create_task(stop.wait())
                waits = (ended, self.runner.failed)
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                ended.cancel()
                if self.runner.failed.done():
                    self._say_halted(self.runner.failed.exception())
                supervisor.stop()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await socket.close()
                    for member in self._members.values():
                        await member.account.close()
        if self.runner.failed.done():
            self.runner.failed.result()

    def _begin(self) -> None:
        """Bring the engine up to the present before anything else is let in."""
        now = self._clock.now()
        for answered in lost_on_paper(self.runner.state, at=now):
            self.runner.offer(answered)
        self.runner.offer(
            Started(at=now, trading_day=trading_day_of(now), install_id=self._journal.install_id)
        )
        if fault := self._reserve.fault():
            self.runner.offer(
                Faulted(topic="engine", text=f"{fault[0].upper()}{fault[1:]}.", at=now)
            )
        followers = (one.account for one in self._settings.followers)
        for one in (self._settings.master, *followers):
            session = kept_session(
                self.runner.state, one.name, self._vault, user_id=one.user_id, now=now
            )
            if session is not None:
                self._members[one.name].account.desk.use(session)
        for name, paper in self._papers.items():
            state = self.runner.state
            paper.restore(open_paper_rows(state, name), paper_positions(state, name))

    def _say_halted(self, error: BaseException | None) -> None:
        """Tell people while the chat closes; this alert needs no store."""
        # Only our own errors are written for people; others may quote anything.
        ours = isinstance(error, CopyTraderError)
        why = str(error) if ours else f"a fault inside ({type(error).__name__})"
        notice = Notice(
            notice_id=self.runner.state.next_notice,
            at=self._clock.now(),
            venue=self.runner.state.venue,
            kind=NoticeKind.ALERT,
            severity=Severity.CRITICAL,
            topic="engine",
            text=f"The program halts: {why}. No order leaves until it is started again, exits "
            "neither: watch the positions in Kite.",
            needs_human=True,
        )
        self.chat.offer(notice)
        self.channels.offer(notice)

    def _watch_all(self, supervisor: Supervisor) -> None:
        supervisor.watch("chat", self.chat.run)
        for each in self.channels.forwarders:
            supervisor.watch(f"alerts by {each.channel.name}", each.run)
        supervisor.watch("tick", self._pulse.tick)
        supervisor.watch("kill switch", self._pulse.look_at_kill_switch)
        supervisor.watch("instruments", self._pulse.keep_instruments)
        supervisor.watch("warm connections", self._pulse.keep_warm)
        supervisor.watch("reserve", self._keep_reserve)
        supervisor.watch("paper", self._paper_watch.run)
        supervisor.watch("margins", self._margins.run)
        for name, member in self._members.items():
            supervisor.watch(f"{name} books", member.reconciler.run)
            supervisor.watch(f"{name} socket", member.feed.run)
            supervisor.watch(f"{name} funds", member.funds.run)

    async def _keep_reserve(self) -> None:
        """Have the room for exits again once somebody has freed space."""
        while True:
            await self._clock.sleep(RESERVE_LOOK_S)
            self._reserve.fault()

    def _member(self, one: AccountSettings, proxy: Secret | None, tls: ssl.SSLContext) -> Member:
        kite, name = self._settings.kite, one.name
        account = KiteAccount(
            KiteEndpoints(
                api_url=kite.api_url,
                ws_url=kite.ws_url,
                login_url=kite.login_url,
                ca_file=kite.ca_file,
            ),
            name=name,
            user_id=one.user_id,
            api_key=one.api_key,
            api_secret=one.api_secret,
            # The master is never written to; followers only in LIVE.
            permit=self._may_write if name != MASTER else _never,
            clock=self._clock,
            rng=random.Random(),  # noqa: S311 - jitter of reconnects, no secret
            proxy=proxy,
            on_fault=self._malformed(name),
            on_clock=self._clock_compared,
            instrument_of=self._instrument_of,
            tls=tls,
        )
        feed = Feed(
            name,
            account.stream,
            clock=self._clock,
            prices=self._prices,
            offer=self.runner.offer,
        )
        reconciler = Reconciler(
            name,
            account.reader,
            clock=self._clock,
            needs=self._needs_of(name),
            offer=self._observed(feed),
            needs_fills=self._needs_fills if name == MASTER else _no_fills,
        )
        funds = FundsWatch(
            name,
            account.reader,
            clock=self._clock,
            every_s=partial(self._funds_every_s, name),
            offer=self.runner.offer,
        )
        return Member(account=account, feed=feed, reconciler=reconciler, funds=funds)

    def _paper(self, name: AccountName) -> PaperVenue:
        market = PaperMarket(
            prices=self._prices,
            find=self._known_as,
            is_open=self._is_open,
            trades=self._trades,
        )
        return PaperVenue(
            name,
            clock=self._clock,
            market=market,
            funds=lambda: self._paper_watch.funds(name),
            on_row=self._paper_row,
            tell=self._paper_waits,
        )

    def _known_as(self, exchange: str, symbol: str) -> Instrument | None:
        """Return an instrument of today; the state is another after a commit that failed."""
        return self.runner.state.listed(exchange, symbol)

    def _is_open(self, exchange: str, at: datetime) -> bool:
        return exchange in _SEGMENTS and self._calendar.is_open(Exchange(exchange), at)

    def _trades(self, exchange: str, symbol: str, at: datetime) -> bool:
        if exchange not in _SEGMENTS:
            return False
        shares = exchange in (Exchange.NSE, Exchange.BSE)
        auctioned = shares and self.runner.state.instruments.has_derivatives(symbol)
        phase = self._calendar.session_at(Exchange(exchange), at, auctioned=auctioned)
        return phase is Phase.CONTINUOUS

    def _lanes(self) -> dict[tuple[Venue, AccountName], Lane]:
        lanes = {}
        for name, paper in self._papers.items():
            live = self._members[name].account.gateway
            spent = RateBudget()
            spent.restore(
                writes_sent(self.runner.state, name),
                now=self._clock.now(),
                monotonic=self._clock.monotonic(),
            )
            for venue, gateway, budget in (
                (Venue.PAPER, paper, None),
                (Venue.LIVE, live, spent),
            ):
                lanes[(venue, name)] = Lane(
                    gateway,
                    clock=self._clock,
                    kill=self._kill,
                    epoch=partial(self._epoch_of, venue, name),
                    answered=self.runner.offer,
                    budget=budget,
                )
        return lanes

    def _epoch_of(self, venue: Venue, name: AccountName) -> int | None:
        return entry_epoch(self.runner.state, venue, name)

    def _needs_of(self, name: AccountName) -> Callable[[], Needs]:
        def needs() -> Needs:
            state, now = self.runner.state, self._clock.now()
            if name == MASTER:
                # Without today's list what is held can still be exited, by what was recorded of it.
                ready = len(self._instruments) > 0 or bool(state.listings)
                return master_needs(state, self._calendar, now=now, ready=ready)
            return follower_needs(state, name, now=now)

        return needs

    def _funds_every_s(self, name: AccountName) -> float | None:
        return funds_every_s(self.runner.state, name, self._calendar, now=self._clock.now())

    def _observed(self, feed: Feed) -> Callable[[Event], None]:
        """Tell the socket's feed of finished book reads: they decide whether hints are trusted."""

        def offer(event: Event) -> None:
            if isinstance(event, BookRead):
                feed.book_was_read(asked_at=event.asked_at, at=event.at)
            self.runner.offer(event)

        return offer

    def _needs_fills(self, rows: tuple[OrderRow, ...]) -> Doubt | None:
        return needs_fills(self.runner.state, rows, at=self._clock.now())

    def _may_write(self) -> bool:
        return self.runner.state.venue is Venue.LIVE

    def _instrument_of(self, token: int) -> Instrument | None:
        return self._instruments.by_token(token)

    def _listed(self, book: InstrumentBook) -> None:
        self._instruments = book
        self._members[MASTER].reconciler.forget()

    def _restored(self, state: State) -> None:
        """Put what the journal does not hold into a state that was folded from it."""
        state.rules = {one.rules.name: one.rules for one in self._settings.followers}
        state.instruments = self._instruments
        state.total_loss_limit = self._settings.max_daily_loss
        state.calendar = self._calendar
        master = state.account(MASTER)
        if master.user_id not in ("", self._settings.master.user_id):
            # The kept session is of the account that was the master before.
            master.session_ok = False
        master.user_id = self._settings.master.user_id
        for member in self._members.values():
            member.reconciler.forget()

    def _session_changed(self, name: AccountName) -> None:
        self._members[name].reconciler.forget()
        self._members[name].funds.forget()
        if name == MASTER:
            self._pulse.session_began()

    def _notify(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self.chat.offer(notice)
            self.channels.offer(notice)

    def _forwarded(self, notice: Notice, channel: str) -> None:
        delivered = ChannelDelivered(notice_id=notice.notice_id, channel=channel)
        self.desk.report(delivered, by=Requester(user_id=0, name=channel))

    def _channel_told(self, line: str, topic: str) -> None:
        now, warning = self._clock.now(), Severity.WARNING
        self.runner.offer(Faulted(topic=topic, text=line, at=now, severity=warning))

    def _ask_margin(self, questions: Sequence[MarginQuestion]) -> None:
        self._margins.ask(questions)

    def _read(self, accounts: frozenset[AccountName]) -> None:
        for name in accounts:
            self._members[name].reconciler.ask()

    def _paper_row(self, name: AccountName, row: OrderRow) -> None:
        self.runner.offer(
            RowHinted(venue=Venue.PAPER, account=name, row=row, at=self._clock.now(), trusted=True)
        )

    def _paper_waits(self, name: AccountName, text: str) -> None:
        now, topic = self._clock.now(), topic_of(name)
        self.runner.offer(Faulted(topic=topic, text=text, at=now, severity=Severity.WARNING))

    def _malformed(self, name: AccountName) -> Callable[[str], None]:
        def tell(detail: str) -> None:
            text = f"{name}: Kite sent something that cannot be read ({detail}); it is left out."
            self.runner.offer(Faulted(topic="engine", text=text, at=self._clock.now()))

        return tell

    def _clock_compared(self, ahead: timedelta) -> None:
        if ahead or self.runner.state.doubts_clock:
            self.runner.offer(ClockCompared(ahead=ahead, at=self._clock.now()))

    def _faulted(self, task: str, error: BaseException) -> None:
        text = f"The task '{task}' failed ({type(error).__name__}) and was begun again."
        self.runner.offer(Faulted(topic="engine", text=text, at=self._clock.now()))

    def _second_poller(self, text: str) -> None:
        critical = Severity.CRITICAL
        now = self._clock.now()
        self.runner.offer(Faulted(topic="engine", text=text, at=now, severity=critical))

    def _problems(self) -> tuple[str, ...]:
        found = []
        if self.chat.in_conflict:
            found.append(SECOND_POLLER)
        if not len(self._instruments):
            out = not self.runner.state.account(MASTER).session_ok
            mend = " - log in the master: /login" if out else ""
            found.append(f"today's instruments are not loaded yet{mend}")
        for name, member in self._members.items():
            if member.feed.malformed:
                found.append(f"{name}: {member.feed.malformed} unreadable socket frame(s)")
        return tuple(found)


def alert_channels(settings: Settings, clock: Clock) -> list[tuple[Channel, Severity]]:
    """Return the configured channels besides the chat, each with the least severity for it.

    Raises:
        ConfigError: One cannot be used as configured.
    """
    chosen, found = settings.channels, list[tuple[Channel, Severity]]()
    if chosen.email is not None:
        found.append((MailChannel(chosen.email, clock), chosen.email.least))
    if chosen.whatsapp is not None:
        # Twilio's SDK takes a sixth of a second to load: only who uses it waits for it.
        from bot.channels.whatsapp import WhatsappChannel  # noqa: PLC0415

        found.append((WhatsappChannel(chosen.whatsapp), chosen.whatsapp.least))
    if chosen.discord is not None:
        found.append((DiscordChannel(chosen.discord), chosen.discord.least))
    if chosen.apprise is not None:
        found.append((AppriseChannel(chosen.apprise), chosen.apprise.least))
    return found


def _chat_settings(settings: Settings) -> ChatSettings:
    return ChatSettings(
        bot_token=settings.telegram.bot_token,
        admins=frozenset(settings.telegram.admins),
        api_url=settings.telegram.api_url,
        totp_secret=settings.security.totp_secret,
        require_totp=settings.security.require_totp,
    )


def _never() -> bool:
    return False


def _no_fills(_rows: tuple[OrderRow, ...]) -> Doubt | None:
    return None
