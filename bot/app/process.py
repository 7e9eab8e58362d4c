"""The life of the process: what is begun first, what runs side by side, and how it ends."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bot.app.garbage import Garbage
from bot.app.hangup import on_hangup
from bot.app.operation import snapshots
from bot.app.roster import LOOK_S
from bot.app.service_status import keep_fed
from bot.app.wiring import App
from bot.control_socket import ControlSocket
from bot.kill_switch import KillSwitch
from bot.restart import keep_noted, lost_on_paper, note_reached
from bot.service import ServiceManager
from bot.settings.settings import Settings
from bot.surroundings import Surroundings
from bot.verbs import LOCAL, verbs
from engine.clock import SystemClock
from engine.core.decide import trading_day_of
from engine.core.values.control import Requester, TakeSettings
from engine.core.values.events import Faulted, Started
from engine.core.values.market import Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.errors import CopyTraderError
from engine.log_watch import LogWatch
from engine.supervisor import Supervisor
from storage.journal import Journal
from storage.mark import StoreMark, refuse_the_past
from storage.vault import Vault

_log = logging.getLogger(__name__)

#: Contract: SIGINT and SIGTERM are a bounded drain; the chat takes its own part of it.
DRAIN_S = 2.0
#: Seconds between looks whether the store's reserve stands; a disk fills and empties in minutes.
RESERVE_LOOK_S = 30.0


async def run_app(  # noqa: PLR0913 - what it is given, each named
    settings: Settings,
    vault: Vault,
    kill_switch: KillSwitch,
    control_path: Path,
    began: Callable[[Venue], None],
    around: Surroundings,
    *,
    service: ServiceManager | None = None,
) -> int:
    """Run engine and chat until a signal.

    Args:
        settings: Checked.
        vault: Opens kept sessions.
        kill_switch: Stops entries whatever else runs.
        control_path: Where the command line is answered.
        began: Called once, with the venue, when everything runs.
        around: The file of settings and the machine.
        service: Who watches over the process; None: nobody who wants to hear of it.

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
        app = App(
            settings,
            vault,
            kill_switch,
            journal,
            clock=SystemClock(),
            around=around,
        )
        try:
            await _run(app, control_path, began, mark=mark, service=service)
        finally:
            note_reached(mark, journal)
    finally:
        journal.close()
    return 0


async def _run(
    app: App,
    control_path: Path,
    began: Callable[[Venue], None],
    *,
    mark: StoreMark,
    service: ServiceManager | None,
) -> None:
    """Start everything, wait for a signal or a failed journal, and end within five seconds."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    hung_up = on_hangup(stop)
    handlers = verbs(
        app.desk,
        app.settings.security,
        app.machine_clock,
        reread=partial(app.rereading.now, by=LOCAL),
    )
    socket = ControlSocket(control_path, handlers)
    _begin(app)
    # Behind the start itself: what is told is what came of it.
    asyncio.get_running_loop().call_soon(app.chat.greet)
    await socket.start()
    asyncio.get_running_loop().call_soon(lambda: began(app.runner.state.venue))
    if service is not None:
        asyncio.get_running_loop().call_soon(service.ready)
    try:
        async with asyncio.TaskGroup() as group:
            supervisor = Supervisor(group, clock=app.clock, faulted=app.reports.faulted)
            _watch_all(app, supervisor)
            supervisor.watch("settings", partial(_read_again, app, hung_up))
            supervisor.watch("store mark", partial(keep_noted, mark, app.journal, app.clock))
            if service is not None:
                supervisor.watch("watchdog", partial(keep_fed, service, app))
            ended = group.create_task(stop.wait())
            waits = (ended, app.runner.failed)
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            if service is not None:
                service.stopping()
            if app.runner.failed.done():
                _say_halted(app, app.runner.failed.exception())
            else:
                app.chat.farewell()
            supervisor.stop()
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await socket.close()
                for member in list(app.roster.members.values()):
                    await member.account.close()
    if app.runner.failed.done():
        app.runner.failed.result()


def _begin(app: App) -> None:
    """Bring the engine up to the present before anything else is let in."""
    now = app.clock.now()
    for answered in lost_on_paper(app.runner.state, at=now):
        app.runner.offer(answered)
    app.runner.offer(
        Started(at=now, trading_day=trading_day_of(now), install_id=app.journal.install_id)
    )
    app.reports.channels_open(app.channels.names)
    if fault := app.reserve.fault():
        app.runner.offer(Faulted(topic="engine", text=f"{fault[0].upper()}{fault[1:]}.", at=now))
    for unread in app.unread_settings:
        _log.error("a value set from the chat is not read", extra={"why": unread.text})
        app.runner.offer(Faulted(topic="engine", text=unread.text, at=now))
    for why in app.left_out:
        _log.error("a follower is left out", extra={"action": "start", "why": why})
        app.runner.offer(Faulted(topic="engine", text=why, at=now))
    # ``Started`` only waits in the queue so far: the state is still of the day on which the last life ended.
    for one in (app.settings.master, *(each.account for each in app.followers)):
        app.membership.take_over(one)
    named = tuple(one.rules for one in app.named)
    back = not app.runner.state.leaving.keys().isdisjoint(rules.name for rules in named)
    if back or app.lets_go or app.holds_back:
        # Back in the file, or missing from it, or looser than what counted today: in LIVE a person has to say so.
        file = TakeSettings(rules=named, total_loss_limit=app.settings.max_daily_loss)
        app.runner.report(file, by=Requester(user_id=0, name="start"))


async def _read_again(app: App, asked: asyncio.Event) -> None:
    while True:
        await asked.wait()
        asked.clear()
        await app.rereading.by_signal()


def _say_halted(app: App, error: BaseException | None) -> None:
    """Tell people while the chat closes; this alert needs no store."""
    # Only our own errors are written for people; others may quote anything.
    ours = isinstance(error, CopyTraderError)
    why = str(error) if ours else f"a fault inside ({type(error).__name__})"
    app.tell(
        Notice(
            notice_id=app.runner.state.next_notice,
            at=app.clock.now(),
            venue=app.runner.state.venue,
            kind=NoticeKind.ALERT,
            severity=Severity.CRITICAL,
            topic="engine",
            text=f"The program halts: {why}. No order leaves until it is started again, exits "
            "neither: watch the positions in Kite.",
            needs_human=True,
        )
    )


def _watch_all(app: App, supervisor: Supervisor) -> None:
    supervisor.watch("chat", app.chat.run)
    if app.dead_man is not None:
        supervisor.watch("dead man's switch", app.dead_man.run)
    if app.login_listener is not None:
        supervisor.watch("login callback", app.login_listener.run)
    if app.metrics is not None:
        supervisor.watch("metrics", app.metrics.server.run)
    if app.nightly is not None:
        supervisor.watch("nightly backup", app.nightly.run)
    supervisor.watch("snapshots", snapshots(app).run)
    supervisor.watch("pictures", app.renderer.run)
    for each in app.channels.forwarders:
        supervisor.watch(f"alerts by {each.channel.name}", each.run)
    supervisor.watch("tick", app.pulse.tick)
    supervisor.watch("kill switch", app.pulse.look_at_kill_switch)
    supervisor.watch("instruments", app.pulse.keep_instruments)
    supervisor.watch("warm connections", app.pulse.keep_warm)
    supervisor.watch("reserve", partial(_keep_reserve, app))
    supervisor.watch("paper", app.paper_watch.run)
    supervisor.watch("margins", app.margins.run)
    supervisor.watch("profit", app.profit_watch.run)
    supervisor.watch("write-ahead log", LogWatch(app.runner, app.journal, clock=app.clock).run)
    supervisor.watch("paper margins", app.lot_margins.run)
    app.membership.begin(supervisor)
    supervisor.watch("kept accounts", partial(_keep_accounts, app))
    runner = app.runner
    garbage = Garbage(
        clock=app.machine_clock,
        sent_at_s=lambda: runner.sent_at_s,
        loaded=lambda: runner.state.instruments,
    )
    supervisor.watch("garbage", garbage.run)


async def _keep_accounts(app: App) -> None:
    """Have what changes of the followers' accounts kept, behind the events of the start itself."""
    while True:
        await app.clock.sleep(LOOK_S)
        app.keeping.look()


async def _keep_reserve(app: App) -> None:
    """Have the room for exits again once somebody has freed space."""
    while True:
        await app.clock.sleep(RESERVE_LOOK_S)
        app.reserve.fault()
