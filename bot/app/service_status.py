"""What systemd is told while the program runs."""

from bot.app.wiring import App
from bot.service import ServiceManager
from engine.core.state.state import State


async def keep_fed(service: ServiceManager, app: App) -> None:
    """Feed the watchdog by the engine's own heartbeat until cancelled."""
    runner = app.runner
    await service.feed(app.machine_clock, lambda: runner.beats, lambda: one_line(runner.state))


def one_line(state: State) -> str:
    """Return the state in one line for ``systemctl status``."""
    copying = "copying" if state.copying else "not copying"
    out = [name for name, account in state.accounts.items() if not account.session_ok]
    logged_in = f"must log in: {', '.join(sorted(out))}" if out else "all logged in"
    return f"{state.venue.label}, {copying}, {logged_in}"
