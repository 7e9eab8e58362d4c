"""``copytrader cleanup``: deletes what has served its time, and nothing while something is unsettled."""

import argparse
import contextlib
import shutil
import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask, field, offline_reads
from bot.control_socket import NotRunningError
from bot.instance import AlreadyRunningError, instance_lock
from bot.retention import SAMPLES_KEPT, Deletable, deletable
from engine.core.values.counts import counted, mentioned
from engine.core.values.views import StatusView
from engine.errors import CopyTraderError
from storage.profit_samples import thin_samples
from storage.store_name import STORE_NAME

_HEADERS = ("what", "written", "size", "file")


def cleanup(args: argparse.Namespace, invocation: Invocation) -> int:
    """List what may go, and delete it unless that is all that was asked."""
    configuration = Configuration.read(args.env_file, invocation)
    places, backup_dir = configuration.places(), configuration.settings().backup_dir
    terminal, now, dry_run = invocation.terminal, invocation.clock.now(), bool(args.dry_run)
    if not places.data_dir.is_dir():
        terminal.say("Nothing to delete: nothing has run here yet.")
        return ExitStatus.OK
    unsettled = tuple(_unsettled(places))
    try:
        found = deletable(places.data_dir, backup_dir, now=now)
    except OSError as error:
        raise _failed(error) from error
    if unsettled and not dry_run:
        raise CopyTraderError(
            f"nothing was deleted while this is unsettled: {'; '.join(unsettled)}"
        )
    _list(found, terminal)
    if not dry_run:
        _delete(found)
    samples = _thin(places, now, dry_run=dry_run, terminal=terminal)
    size = f"{sum(one.size for one in found) / 1e6:.1f} MB"
    done = "would be deleted" if dry_run else "deleted"
    terminal.say(
        f"{counted(len(found), 'file')}, {size}, and {counted(samples, 'sample')} of profit {done}."
    )
    if unsettled:
        terminal.complain(f"not now: this is unsettled: {'; '.join(unsettled)}")
    return ExitStatus.OK


def _unsettled(places: Places) -> Iterable[str]:
    """Yield what may still need every trace there is."""
    try:
        view: StatusView | None = field(ask(places, "status"), "status", StatusView)
    except NotRunningError:
        reads = offline_reads(places.data_dir)
        view = None if reads is None else reads.status()
    if view is None:
        return
    for account in view.accounts:
        for told in mentioned(
            (
                account.unresolved,
                "order that may or may not exist",
                "orders that may or may not exist",
            ),
            (account.stuck_exits, "exit that does not fill", "exits that do not fill"),
            (account.held_up, "exit that waits for TPIN", "exits that wait for TPIN"),
        ):
            yield f"{account.name}: {told}"
    if view.open_offers:
        yield f"{counted(view.open_offers, 'open question')} in the chat"
    if view.frozen:
        yield "entries are frozen until copytrader adopt"


def _list(found: list[Deletable], terminal: Terminal) -> None:
    if found:
        rows = [(one.what, f"{one.at:%d %b %Y}", f"{one.size:,}", str(one.path)) for one in found]
        terminal.table(_HEADERS, rows, numbers=frozenset({"size"}))


def _delete(found: list[Deletable]) -> None:
    for one in found:
        try:
            if one.path.is_dir():
                shutil.rmtree(one.path)
            else:
                one.path.unlink(missing_ok=True)
        except OSError as error:
            raise _failed(error) from error


def _thin(places: Places, now: datetime, *, dry_run: bool, terminal: Terminal) -> int:
    """Thin samples of profit while nothing else writes the store; return how many."""
    store = places.data_dir / STORE_NAME
    if not store.is_file():
        return 0
    before = (now - SAMPLES_KEPT).date()
    try:
        if dry_run:
            return _thinned(f"{store.as_uri()}?mode=ro", before=before, dry_run=True)
        with instance_lock(places.data_dir):
            return _thinned(f"{store.as_uri()}?mode=rw", before=before, dry_run=False)
    except AlreadyRunningError:
        terminal.note("Old samples of profit stay while the program runs.")
        return 0
    except sqlite3.Error as error:
        raise CopyTraderError(
            f"the store cannot be read ({error}) - see: copytrader check"
        ) from error


def _thinned(address: str, *, before: date, dry_run: bool) -> int:
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as db:
        tables = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'profit_samples'").fetchone()
        return thin_samples(db, before, dry_run=dry_run) if tables else 0


def _failed(error: OSError) -> CopyTraderError:
    where = Path(str(error.filename)) if error.filename else "a file"
    return CopyTraderError(f"{where} cannot be deleted: {error.strerror or error} - mend that")
