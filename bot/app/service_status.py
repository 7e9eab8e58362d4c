"""What systemd is told while the program runs."""

from bot.app.wiring import App
from bot.service import ServiceManager
from engine.core.chat.reading_problems import is_clock_wrong
from engine.core.risk.preflight import must_log_in
from engine.core.state.state import State
from engine.core.values.market import MASTER


async def keep_fed(service: ServiceManager, app: App) -> None:
    """Feed the watchdog by the engine's own heartbeat until cancelled."""
    runner = app.runner
    await service.feed(app.machine_clock, lambda: runner.beats, lambda: one_line(runner.state))


def one_line(state: State) -> str:
    """Return the state in one line for ``systemctl status``."""
    copying = "copying" if state.copying else "not copying"
    out = must_log_in(state)
    in_use = (MASTER, *state.rules)
    everybody = all(state.account(name).session_ok for name in in_use)
    nobody = "all logged in" if everybody else "no login is needed"
    logged_in = f"must log in: {', '.join(out)}" if out else nobody
    wrong = ["clock is wrong"] if is_clock_wrong(state) else []
    return ", ".join([state.venue.label, copying, logged_in, *wrong])
