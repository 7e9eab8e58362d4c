"""What is told at the end: what was written, and what to do next."""

from collections.abc import Callable
from pathlib import Path
from shlex import quote

from bot.setup.asker import Asker
from bot.setup.questions import spoken
from bot.setup.writing import Written
from engine.errors import CopyTraderError


def told(asker: Asker, written: Written) -> None:
    """Tell where everything is now."""
    asker.good(f"Written: {written.path}")
    if written.backup is not None:
        asker.say(f"As it was before: {written.backup}")
    if written.new_key is not None:
        asker.say(
            f"A new key is in {written.new_key}. Keep a copy of it somewhere else: without it the"
            " secrets cannot be read."
        )


def offer_deletion(asker: Asker, former: Path) -> None:
    """Offer to delete the former settings, which still hold secrets in plain text."""
    asker.bad(f"The settings as they were before hold secrets in plain text: {former}")
    if not asker.agree("Delete that file? All that counts is in the new one.", default=True):
        asker.say(f"Once everything works, delete it: rm {quote(str(former))}")
        return
    try:
        former.unlink(missing_ok=True)
    except OSError as error:
        asker.bad(f"It cannot be deleted ({error.strerror}); run: rm {quote(str(former))}")
    else:
        asker.good("Deleted.")


def name_imported(asker: Asker, source: Path) -> None:
    """Tell that what was taken over stands where it was, too: the older script may run there still."""
    asker.bad(
        "The older script's settings still hold these secrets. Once that script runs no more, delete"
        f" them: rm {quote(str(source))}"
    )


def next_steps(asker: Asker, *, first: bool) -> None:
    """Tell how it goes on from here where nothing runs yet."""
    asker.heading("What next")
    asker.say("1. Start it, and leave it running:   copytrader run")
    asker.say("2. Log in to Kite each trading day:  copytrader login   (or /login in Telegram)")
    if first:
        asker.say(
            "3. In Telegram press /start, then /start_copy. It begins in PAPER, without real money;"
            " /live comes later, when you like what you see."
        )


def takes_effect(asker: Asker, pid: int, reread: Callable[[], str]) -> None:
    """Have the running instance read what was written, and tell what it says.

    Args:
        asker: Who is told.
        pid: Its process id.
        reread: Has it read the file; raises ``CopyTraderError`` with its reason.
    """
    asker.heading("What the running copytrader makes of it")
    try:
        asker.say(reread())
    except CopyTraderError as error:
        asker.bad(spoken(str(error)))
        asker.say(f"Written all the same: mend that, or stop process {pid} and start it again.")
