"""What is told at the end: what was written, and what to do next."""

from collections.abc import Callable

from bot.setup.asker import Asker
from bot.setup.writing import Written
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError


def told(asker: Asker, written: Written, *, passphrase: Secret | None) -> None:
    """Tell where everything is now."""
    asker.good(f"Written: {written.path}")
    if written.backup is not None:
        asker.say(f"As it was before: {written.backup}")
    if written.new_key is not None:
        asker.say(
            f"A new key is in {written.new_key}. Keep a copy of it somewhere else: without it the"
            " secrets cannot be read."
        )
    elif passphrase is not None:
        asker.say("The secrets open with your passphrase only.")


def next_steps(
    asker: Asker, running: int | None, *, first: bool, reread: Callable[[], str]
) -> None:
    """Tell how it goes on from here.

    Args:
        asker: Tells it.
        running: The process id of what runs already; None: nothing does.
        first: Whether nothing was set up before.
        reread: Has what runs read the settings again, and returns what it says of them.
    """
    asker.heading("What next")
    if running is not None:
        _get_in(asker, running, reread)
        return
    asker.say("1. Start it, and leave it running:   copytrader run")
    asker.say("2. Log in to Kite each trading day:  copytrader login   (or /login in Telegram)")
    if first:
        asker.say(
            "3. In Telegram press /start, then /start_copy. It begins in PAPER, without real money;"
            " /live comes later, when you like what you see."
        )


def _get_in(asker: Asker, pid: int, reread: Callable[[], str]) -> None:
    """Have a running instance read what was written, and tell what it says of it."""
    try:
        told = reread()
    except CopyTraderError as error:
        asker.bad(
            f"copytrader runs on the former settings (process {pid}): {error}. Once that is mended:"
            f" kill -HUP {pid}, or stop it and start it again."
        )
        return
    asker.good(f"copytrader runs (process {pid}) and has read them again:")
    for line in told.splitlines():
        asker.say(line)
