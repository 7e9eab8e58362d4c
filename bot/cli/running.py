"""What the commands that look at a running instance, or at its store, have in common."""

import importlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol, TypeVar, cast

import msgspec

from bot.cli.configuration import Places
from bot.control_socket import ControlError, NoAnswerError, NotRunningError, call
from bot.instance import running_pid
from engine.core.values.market import AccountName, OrderId
from engine.core.values.position_views import AccountPositions
from engine.core.values.views import AccountView, StatusView
from engine.errors import CopyTraderError

T = TypeVar("T")

_START_FIRST = "nothing runs here - start it first with: copytrader run"


class OfflineReads(Protocol):
    """The newest state the store knows of, read without a running instance."""

    def status(self) -> StatusView | None:
        """Return the status as it was last, or None before the first run."""
        ...

    def positions(self) -> tuple[AccountPositions, ...]:
        """Return the positions as they were last, the master first."""
        ...

    def as_of(self) -> datetime | None:
        """Return when the newest event happened, or None before the first run."""
        ...

    def order_numbered(self, number: str) -> OrderId | None:
        """Return the master order that a card's number stands for, or None."""
        ...


def ask(
    places: Places, verb: str, args: Mapping[str, object] | None = None, *, timeout_s: float = 5.0
) -> dict[str, object]:
    """Ask the running instance and return the fields of a granted answer.

    Raises:
        NotRunningError: No instance runs.
        NoAnswerError: It runs but does not answer.
        ControlError: It refused; the text is its reason.
    """
    try:
        answer = call(places.control_path, verb, args, timeout_s=timeout_s)
    except NotRunningError:
        pid = running_pid(places.data_dir)
        if pid is None:
            raise NotRunningError(_START_FIRST) from None
        raise NoAnswerError(
            f"an instance (process {pid}) runs but does not listen yet, or is stuck - see its log"
        ) from None
    if answer.get("ok") is not True:
        raise ControlError(str(answer.get("error", "refused without a reason")))
    return answer


def named_account(word: str, accounts: Iterable[AccountView]) -> AccountName:
    """Return the account of a name or a Kite client id, whatever the case.

    Raises:
        CopyTraderError: There is none; the text names those there are, and the nearest.
    """
    wanted, known = word.lower(), {str(one.name): one for one in accounts}
    for name, one in known.items():
        if wanted in (name, one.user_id.lower()):
            return one.name
    near = get_close_matches(wanted, known, n=1)
    hint = f" - did you mean {near[0]}?" if near else ""
    raise CopyTraderError(f"no account {word!r}{hint} - known: {', '.join(known) or 'none yet'}")


def field(answer: Mapping[str, object], name: str, kind: type[T]) -> T:
    """Return one field of an answer as the value it was made from.

    Raises:
        ControlError: It has another shape: the two programs are of different versions.
    """
    try:
        return msgspec.convert(answer.get(name), kind)
    except msgspec.ValidationError as error:
        raise ControlError(
            f"the running instance answered in an unknown form ({error}) - restart it"
        ) from error


def offline_reads(data_dir: Path) -> OfflineReads | None:
    """Return a reader of the store, or None where there is nothing to read yet.

    Raises:
        CopyTraderError: The store is there but cannot be read.
    """
    if not data_dir.is_dir():
        return None
    try:
        open_reads = importlib.import_module("storage.offline").offline_reads
    except ModuleNotFoundError:
        return None
    try:
        return cast("OfflineReads", open_reads(data_dir))
    except OSError as error:
        raise CopyTraderError(f"the store cannot be read: {error.strerror or error}") from error
