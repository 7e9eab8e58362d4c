"""How far the store has come, noted outside of it: a store put back from the past is told by it.

A backup brings back the store, and nothing in the store can tell that it is of the past. So the number
of its newest event is noted beside the key, which is never part of a backup, some seconds behind the
store and never ahead of it: what the store has acknowledged survives a power cut.
"""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from engine.core.decide import decide
from engine.core.values.control import AcceptStore, Requester
from engine.core.values.counts import counted
from engine.core.values.events import Allowance, Asked
from engine.core.values.market import AccountName
from engine.errors import StoreDamaged
from storage.journal import Journal

#: Seconds between notes while the program runs: so much of the newest past goes unnoticed at most.
NOTE_EVERY_S = 5.0

_FORM = "kitecopytrader-store-1"
_NOBODY_SENDS: Mapping[AccountName, Allowance] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a store had come to: its installation, and the number of its newest event."""

    install_id: str
    event: int


class StoreMark:
    """The note of one data folder's store.

    Args:
        path: Beside the key; its folder is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted: Reached | None = None

    @classmethod
    def beside(cls, key_file: Path, data_dir: Path) -> Self:
        """Return the mark of a data folder; several may keep theirs beside one key."""
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        return cls(key_file.parent / f"store-{name}.mark")

    def read(self) -> Reached | None:
        """Return what was noted; None where nothing was, or it cannot be understood."""
        try:
            words = self._path.read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            return None
        if len(words) != 3 or words[0] != _FORM or not words[2].isdecimal():
            return None
        return Reached(install_id=words[1], event=int(words[2]))

    def note(self, journal: Journal) -> None:
        """Note, durably and whole, how far a store has come; nothing where that is no news.

        Raises:
            OSError: It cannot be noted. Go on: only a store of the past would go unnoticed.
        """
        reached = reached_by(journal)
        if reached == self._noted:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, 0o600), "w", encoding="ascii") as file:
            file.write(f"{_FORM} {reached.install_id} {reached.event}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        self._noted = reached


def reached_by(journal: Journal) -> Reached:
    """Return how far an open store has come."""
    return Reached(install_id=journal.install_id, event=journal.newest_event)


def refuse_the_past(journal: Journal, mark: StoreMark) -> None:
    """Refuse a store that is older than what ran here last, or another one.

    Raises:
        StoreDamaged: It must not trade before a person has taken it; the text says how.
    """
    why = of_the_past(reached_by(journal), mark.read())
    if why:
        raise StoreDamaged(f"{why} - put the newest store back, or take this one: copytrader adopt")


def what_is_wrong(data_dir: Path, mark: StoreMark) -> str:
    """Return why the store of a folder is not the one that ran here last, or an empty text.

    Raises:
        JournalError: It cannot be opened.
    """
    with contextlib.closing(Journal.open(data_dir)) as journal:
        return of_the_past(reached_by(journal), mark.read())


def of_the_past(reached: Reached, noted: Reached | None) -> str:
    """Return why a store is not the one that ran here last, or an empty text."""
    if noted is None:
        return ""  # the first start here, or the note was lost with its disk
    if reached.install_id != noted.install_id:
        # A new store was begun on purpose; one with a life of its own was put in its place.
        return "" if not reached.event else "the store is not the one that ran here last"
    if reached.event < noted.event:
        missing = noted.event - reached.event
        return f"the store was restored from the past: it lacks {counted(missing, 'event')} that ran here"
    return ""


def accept_store(data_dir: Path, mark: StoreMark, *, by: Requester, at: datetime) -> str:
    """Take the store as it is, with its entries frozen, and note it as the one that runs here.

    Call it while the instance lock is held.

    Returns:
        What to do next, in plain lines.

    Raises:
        JournalError: It cannot be opened or written; nothing was changed.
    """
    with contextlib.closing(Journal.open(data_dir)) as journal:
        told = freeze(journal, by=by, at=at)
        mark.note(journal)
    return told


def freeze(journal: Journal, *, by: Requester, at: datetime) -> str:
    """Freeze the entries of a store that lacks something, until a person has adopted that.

    Returns:
        What to do next, in plain lines.

    Raises:
        JournalError: It cannot be read or written; nothing was changed.
    """
    event = Asked(request=AcceptStore(), by=by, update_id=None, sent_at=None, at=at)
    decision = decide(journal.load(), event, _NOBODY_SENDS)
    journal.commit([(event, decision.records)])
    return decision.reply.text if decision.reply else ""
