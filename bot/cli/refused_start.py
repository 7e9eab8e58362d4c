"""Tells the owners in Telegram of a start that was refused: the service stays down, and nobody reads its log.

Once for each refusal, with what can still be read of the settings, and never for long: whoever ended the
program waits for the exit status.
"""

import hashlib
import importlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Protocol, TypeVar, cast

from bot.chat.refused_start import by_telegram, refusal
from bot.cli.configuration import KEY_MARK, Configuration
from bot.cli.env_file import open_env_file
from bot.cli.invocation import Terminal
from bot.redaction import Redactor
from bot.settings import table
from bot.settings.reading import Reading
from engine.clock import Clock
from engine.core.values.counts import counted
from engine.core.values.market import Venue
from engine.core.values.people import Person, Role
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from storage.durable import replace_file
from storage.store_name import STORE_NAME

T = TypeVar("T")

#: Seconds after which the program ends, told or not; the store gets the first of them.
PATIENCE_S = 5.0
_STORE_S = 2.0
#: In DATA_DIR: what was told last and when. A container is started again and again.
TOLD_NAME = "refused-start.told"
_AGAIN_AFTER = timedelta(hours=12)
_UNTOLD = "the owners could not be told in Telegram"


class Tell(Protocol):
    """Sends one text to a chat; raises ``CopyTraderError`` with the reason where it cannot."""

    def __call__(self, api_url: str, token: Secret, chat_id: int, text: str) -> None:
        """Send it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the store knows that concerns an alert; ``venue`` None: it could not be read."""

    venue: Venue | None = None
    owners: tuple[int, ...] = ()


def tell_refusal(
    configuration: Configuration,
    faults: Sequence[str],
    *,
    terminal: Terminal,
    clock: Clock,
    tell: Tell = by_telegram,
    patience_s: float = PATIENCE_S,
) -> None:
    """Tell the owners that the program did not start, and say on stderr whether they know.

    Nothing is told where somebody sits before the terminal, or where no instance has ever run. It returns
    after ``patience_s`` seconds at most and raises nothing: the exit status stays what it was.

    Args:
        configuration: The settings that were refused.
        faults: Why, a line each with its mend.
        terminal: Where it is said whether anybody was told.
        clock: Now.
        tell: Sends a text.
        patience_s: Seconds after which it returns.
    """
    until = clock.monotonic() + patience_s
    # A broken pipe, a full disk, a second Ctrl-C: nothing of it may change how the program ends.
    with suppress(Exception, KeyboardInterrupt):
        if terminal.err.isatty() or not _has_run(configuration):
            return
        try:
            alert = _alert_of(configuration, faults, clock.now())
            told = _sent(alert, tell, lambda: until - clock.monotonic())
        except CopyTraderError as error:
            told = f"{_UNTOLD}: {error}"
        terminal.complain(told)


def forget_refusal(data_dir: Path) -> None:
    """Note that a start went well: the next refusal is told, even if it is the same."""
    with suppress(OSError):
        (data_dir / TOLD_NAME).unlink(missing_ok=True)


def _has_run(configuration: Configuration) -> bool:
    data_dir = _data_dir(configuration)
    return data_dir is None or any((data_dir / one).exists() for one in (KEY_MARK, STORE_NAME))


def _data_dir(configuration: Configuration) -> Path | None:
    """Return the data folder; None where the settings do not say which."""
    with suppress(CopyTraderError):
        return configuration.places().data_dir
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alert:
    """What is told to whom by which bot; ``note``: where it is noted that it was."""

    api_url: str
    token: Secret
    owners: Sequence[int]
    text: str
    note: Path | None
    digest: str
    at: datetime


def _alert_of(configuration: Configuration, faults: Sequence[str], now: datetime) -> _Alert:
    """Return the alert, with what can be read of settings and store.

    Raises:
        CopyTraderError: Nobody can be told; why.
    """
    if open_env_file(configuration.env_file):
        # Whoever can change the file could name a server of his own, and be sent the token.
        raise CopyTraderError("the settings may be somebody else's - mend the file's rights first")
    reading = Reading(
        configuration.env_file.values,
        lambda sealed, name: configuration.vault().open_setting(sealed, name),
    )
    if not reading.ok(table.TELEGRAM_BOT_TOKEN):
        raise CopyTraderError("the bot token cannot be read - mend TELEGRAM__BOT_TOKEN or the key")
    if not reading.ok(table.TELEGRAM_API_URL):
        raise CopyTraderError("TELEGRAM__API_URL is wrong - mend it")
    data_dir = _data_dir(configuration)
    kept = _answer(_begun(partial(_kept_in, data_dir)), _STORE_S, _Kept())
    admins = reading.value(table.TELEGRAM_ADMINS) if reading.ok(table.TELEGRAM_ADMINS) else ()
    owners = sorted({*admins, *kept.owners})
    if not owners:
        raise CopyTraderError("nobody is known as an owner - set TELEGRAM__ADMINS")
    token = reading.value(table.TELEGRAM_BOT_TOKEN)
    return _Alert(
        api_url=reading.value(table.TELEGRAM_API_URL),
        token=token,
        owners=owners,
        text=Redactor([token]).redact(refusal(kept.venue, faults, now)),
        note=None if data_dir is None else data_dir / TOLD_NAME,
        digest=hashlib.sha256("\n".join(faults).encode()).hexdigest(),
        at=now,
    )


def _sent(alert: _Alert, tell: Tell, left_s: Callable[[], float]) -> str:
    """Send it to all owners at once, unless they know; return what is said of it on stderr.

    Raises:
        CopyTraderError: It reached nobody; why.
    """
    if alert.note is not None and _was_told(alert.note, alert):
        return "the owners were told of this in Telegram before"
    asked = [
        _begun(partial(_outcome, tell, alert.api_url, alert.token, one, alert.text))
        for one in alert.owners
    ]
    why = [found for one in asked if (found := _answer(one, left_s(), "no answer in time"))]
    reached = len(asked) - len(why)
    if not reached:
        raise CopyTraderError(why[0])
    if alert.note is not None:
        with suppress(OSError):
            replace_file(alert.note, f"{alert.at.isoformat()} {alert.digest}\n")
    return f"told {counted(reached, 'owner')} in Telegram"


def _outcome(tell: Tell, api_url: str, token: Secret, chat_id: int, text: str) -> str:
    """Return why one owner was not told, empty where he was."""
    try:
        tell(api_url, token, chat_id, text)
    except CopyTraderError as error:
        return str(error)
    return ""


def _kept_in(data_dir: Path | None) -> _Kept:
    if data_dir is None or not (data_dir / STORE_NAME).exists():
        return _Kept()
    stored_state = importlib.import_module("storage.offline").stored_state
    state, _ = stored_state(data_dir)
    people = cast("dict[int, Person]", state.people).values()
    owners = tuple(each.user_id for each in people if each.role is Role.OWNER)
    return _Kept(venue=state.venue, owners=owners)


def _was_told(note: Path, alert: _Alert) -> bool:
    """Return whether just this was told a while ago."""
    with suppress(OSError, ValueError):
        at, digest = note.read_text(encoding="ascii").split()
        return digest == alert.digest and alert.at - datetime.fromisoformat(at) < _AGAIN_AFTER
    return False


@dataclass(slots=True)
class _Asked:
    """Something asked in a thread that the end of the program does not wait for."""

    thread: Thread
    found: list[object]


def _begun(ask: Callable[[], object]) -> _Asked:
    found: list[object] = []

    def answer() -> None:
        with suppress(Exception):
            found.append(ask())

    # A daemon: a name server or a disk that never answers must not hold the exit status back.
    asked = _Asked(Thread(target=answer, daemon=True), found)
    asked.thread.start()
    return asked


def _answer(asked: _Asked, seconds: float, otherwise: T) -> T:
    """Return what was found, waiting so long at most."""
    asked.thread.join(max(0.0, seconds))
    return cast("T", asked.found[0]) if asked.found else otherwise
