"""A snapshot of the folded state beside the journal, so that a start need not fold years.

It is never the truth: whatever speaks against it, it is passed over and the whole journal is folded; deleting it
loses nothing. It is good for one history only, named by the end of the hash chain that it was folded up to, and for
one version of the code that folds.
"""

import contextlib
import gc
import hashlib
import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from engine.core.state.state import State
from storage.chain import Head
from storage.durable import sync_folder
from storage.state_codec import decode_state, encode_state

SNAPSHOT_NAME = "state.snapshot"

_FORM = "kitecopytrader-state-1"
#: The code that decides what records lead to, and how a state is written.
_FOLDING = ("engine.core.values", "engine.core.state", "engine.core.values.records")
_WRITING = ("state_codec.py", "codec.py", "many_children.py", "snapshot.py")

# By the index over events alone, however many records there are.
_NEWEST = "SELECT seq FROM records WHERE event <= ? ORDER BY event DESC, seq DESC LIMIT 1"

_log = logging.getLogger(__name__)


class _Label(msgspec.Struct):
    """The first line of the file.

    Attributes:
        code: What :func:`code_digest` returned.
        head: The end of the chain that was folded.
        record: Number of the newest record of that history.
        size: Bytes that follow the line.
        digest: Their SHA-256.
    """

    form: str
    code: str
    install_id: str
    head: str
    record: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot that fits a journal, its bytes not decoded yet."""

    head: Head
    record: int
    body: bytes

    def state(self) -> State | None:
        """Return the state; None where the bytes are none after all, which is logged."""
        try:
            return decode_state(self.body)
        except (msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
            _pass_over(f"it cannot be read ({error})")
            return None


def read_snapshot(data_dir: Path, db: sqlite3.Connection) -> Snapshot | None:
    """Return the snapshot of a data folder if it fits the open store, else None, which is logged once.

    The rows before its head are not looked at, but for the link of that event itself.

    Raises:
        sqlite3.Error: The store cannot be read.
    """
    path = data_dir / SNAPSHOT_NAME
    try:
        with path.open("rb") as file:
            label = msgspec.json.decode(file.readline(), type=_Label)
            why = _why_not(label, db)
            body = b"" if why else file.read()
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        _pass_over(str(error))
        return None
    if not why and (len(body), hashlib.sha256(body).hexdigest()) != (label.size, label.digest):
        why = "its bytes were changed or are not all there"
    if why:
        _pass_over(why)
        return None
    return Snapshot(head=Head.parse(label.head), record=label.record, body=body)


def write_snapshot(
    data_dir: Path, state: State, *, install_id: str, head: Head, record: int
) -> None:
    """Write a snapshot in the place of the one before, whole or not at all; only its owner may read it.

    Args:
        data_dir: The folder of the store.
        state: Folded from the records up to ``record``, and from nothing else.
        install_id: Of the store.
        head: The end of the chain there.
        record: Number of the newest record in it.

    Raises:
        StateNotWrittenError: The state is not only that.
        OSError: It cannot be written; the one before is still there.
    """
    body = encode_state(state)
    label = _Label(
        form=_FORM,
        code=code_digest(),
        install_id=install_id,
        head=str(head),
        record=record,
        size=len(body),
        digest=hashlib.sha256(body).hexdigest(),
    )
    # One name: what a killed writer has left is written over by the next.
    draft = data_dir / f".{SNAPSHOT_NAME}.part"
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.write(msgspec.json.encode(label) + b"\n")
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(data_dir / SNAPSHOT_NAME)
    sync_folder(data_dir)


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Build something large without Python's search for cycles: each search walks all that was built so far."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def code_digest() -> str:
    """Return what changes with the code that folds and writes, and with what it runs on.

    A record may lead to another state in another version of the program, though none of its fields is another.
    """
    digest = hashlib.sha256(f"{sys.version}|{msgspec.__version__}".encode())
    for package in _FOLDING:
        files = (each for each in resources.files(package).iterdir() if each.name.endswith(".py"))
        for each in sorted(files, key=lambda one: one.name):
            digest.update(f"|{package}.{each.name}|".encode() + each.read_bytes())
    for name in _WRITING:
        digest.update(resources.files("storage").joinpath(name).read_bytes())
    return digest.hexdigest()


def _why_not(label: _Label, db: sqlite3.Connection) -> str:
    """Return why a snapshot does not fit a store, or an empty text."""
    if label.form != _FORM or label.code != code_digest():
        return "another version of the program wrote it"
    (install_id,) = db.execute("SELECT value FROM meta WHERE name = 'install_id'").fetchone()
    head = Head.parse(label.head)
    row = db.execute("SELECT chain FROM events WHERE seq = ?", (head.seq,)).fetchone()
    newest = db.execute(_NEWEST, (head.seq,)).fetchone()
    if label.install_id != install_id or row is None or bytes(row[0]) != head.link:
        return "it is of another history"
    return "" if newest == (label.record,) else "it is of other records"


def _pass_over(why: str) -> None:
    _log.warning(
        "snapshot passed over, the whole journal is folded",
        extra={"action": "load", "why": why},
    )
