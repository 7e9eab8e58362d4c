"""A disk that loses power: what SQLite wrote to it, and what may be left of that afterwards.

A shim of SQLite's file layer (an APSW VFS over the real one) notes every write, truncation, sync and
deletion. What was synced stays; of the rest any part may be there, sector by sector, in any order: a
disk promises no more. Names of files stay once their folder was synced, which SQLite does at the first
sync of a new log or journal; the store's own name is in the same folder.

Not modelled: disks that tell a sync as done and lie, and sectors that are half written (a sector is
512 bytes here).
"""

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512


@dataclass(slots=True)
class Inode:
    """A file's content: what is surely there, and what was written since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        for at, data in self.pending:
            _put(self.durable, at, data)
        self.pending.clear()


@dataclass(slots=True)
class CutDisk:
    """A folder on a disk; `steps` rises with everything that changes what a power cut may leave."""

    names: dict[str, Inode] = field(default_factory=dict)
    durable_names: dict[str, Inode] = field(default_factory=dict)
    pending_names: list[tuple[str, Inode | None]] = field(default_factory=list)
    stepped: Callable[[], None] = lambda: None

    def opened(self, name: str) -> None:
        if name not in self.names:
            self._name(name, Inode())

    def wrote(self, name: str, at: int, data: bytes | None) -> None:
        """Note a write, or with None a truncation to that size."""
        self.names[name].pending.append((at, data))
        self.stepped()

    def synced(self, name: str) -> None:
        self.names[name].sync()
        if name.endswith(("-wal", "-journal")):
            self.synced_names()
        self.stepped()

    def deleted(self, name: str, *, sync: bool) -> None:
        if name in self.names:
            self._name(name, None)
        if sync:
            self.synced_names()

    def synced_names(self) -> None:
        self.durable_names = dict(self.names)
        self.pending_names.clear()

    def _name(self, name: str, inode: Inode | None) -> None:
        if inode is None:
            del self.names[name]
        else:
            self.names[name] = inode
        self.pending_names.append((name, inode))
        self.stepped()

    def leave(self, folder: Path, rng: random.Random) -> None:
        """Write into a folder what may be found there after a power cut now."""
        names: dict[str, Inode | None] = dict(self.durable_names)
        names.update(self.pending_names[: rng.randint(0, len(self.pending_names))])
        # Nothing, everything, or some of what was not synced.
        share = rng.choice((0.0, 0.5, 0.5, 0.9, 1.0))
        for name, inode in names.items():
            if inode is not None:
                (folder / name).write_bytes(_left_of(inode, rng, share))


def _left_of(inode: Inode, rng: random.Random, share: float) -> bytes:
    found = bytearray(inode.durable)
    for at, data in inode.pending:
        if data is None:
            if rng.random() < share:
                _put(found, at, None)
            continue
        start = 0
        while start < len(data):
            end = start + SECTOR - (at + start) % SECTOR
            if rng.random() < share:
                _put(found, at + start, data[start:end])
            start = end
    return bytes(found)


def _put(content: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del content[at:]
        return
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


class CutVFS(apsw.VFS):
    """The real file layer, with every change told to the disk."""

    def __init__(self, name: str, disk: CutDisk) -> None:
        self.disk, self.vfs_name = disk, name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> "CutFile":  # noqa: N802 - SQLite's name
        return CutFile(name, flags, self.disk)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        super().xDelete(name, sync)
        self.disk.deleted(Path(name).name, sync=bool(sync))


class CutFile(apsw.VFSFile):
    """One open file of it."""

    def __init__(self, name: Any, flags: list[int], disk: CutDisk) -> None:
        super().__init__("", name, flags)
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        self._disk = disk
        disk.opened(self._name)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._disk.wrote(self._name, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._disk.wrote(self._name, newsize, None)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.synced(self._name)


class Rows:
    """The rows of a statement, as sqlite3's cursor gives them."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows


class ApswConnection:
    """A connection over the shim that the journal can use as it uses sqlite3's.

    ``lying``: synchronous=FULL is taken as NORMAL, and told as FULL.
    """

    def __init__(self, path: Path, vfs: CutVFS, *, lying: bool = False) -> None:
        self._db = apsw.Connection(str(path), vfs=vfs.vfs_name)
        self._vfs = vfs
        self._lying = lying
        self.execute("PRAGMA wal_autocheckpoint = 25")  # checkpoints within a short test

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        if self._lying and statement == "PRAGMA synchronous = FULL":
            statement = "PRAGMA synchronous = NORMAL"
        elif self._lying and statement == "PRAGMA synchronous":
            return Rows([(2,)])
        try:
            return Rows(list(self._db.execute(statement, values)))
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error

    def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> Rows:
        return Rows(list(self._db.executemany(statement, values)))

    def executescript(self, script: str) -> Rows:
        return self.execute(script)

    def close(self) -> None:
        self._db.close()
