"""What is told at the end: what was written, and what to do next."""

from bot.setup.asker import Asker
from bot.setup.writing import Written
from engine.core.values.secrets import Secret


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


def next_steps(asker: Asker, running: int | None, *, first: bool) -> None:
    """Tell how it goes on from here; ``running``: the process id of what runs already."""
    asker.heading("What next")
    if running is not None:
        asker.say(how_changes_get_in(running))
        return
    asker.say("1. Start it, and leave it running:   copytrader run")
    asker.say("2. Log in to Kite each trading day:  copytrader login   (or /login in Telegram)")
    if first:
        asker.say(
            "3. In Telegram press /start, then /start_copy. It begins in PAPER, without real money;"
            " /live comes later, when you like what you see."
        )


def how_changes_get_in(pid: int) -> str:
    """Return how a running instance gets to know what was written."""
    return f"copytrader runs on the former settings (process {pid}): stop it and start it again."
