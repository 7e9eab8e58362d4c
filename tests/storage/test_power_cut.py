"""Power cuts at every step of the store's life: what was acknowledged is there, and it is whole."""

import random
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import apsw

from engine.core import records as r
from engine.core.decide import trading_day_of
from engine.core.events import Ticked
from engine.errors import JournalError
from storage.chain import Head
from storage.journal import Journal
from tests.core.core_world import MORNING
from tests.storage.cut_disk import ApswConnection, CutDisk, CutVFS
from tests.storage.store_world import a_morning, store_of

#: A cut is tried so often at each step, each time with other remains.
CUTS_A_STEP = 1
LEAST_IMAGES = 500


class CutLife:
    """A store on a disk that may lose power at any step; each possible remains are looked at."""

    def __init__(
        self, folder: Path, *, lying: bool = False, every: int = 1, seed: str = ""
    ) -> None:
        self.disk = CutDisk()
        self.acked: Head | None = None
        self.steps = self.images = 0
        self.found: Counter[str] = Counter()
        self._folder = folder
        self._lying = lying
        self._every = every
        self._rng = random.Random(f"power:{seed}")
        self._vfs = CutVFS(f"cut-{id(self)}", self.disk)

    def open(self) -> Journal:
        def connect(path: Path) -> ApswConnection:
            return ApswConnection(path, self._vfs, lying=self._lying)

        return Journal.open(self._folder / "store", connect=connect)

    def run(self) -> None:
        """Make a store, write to it in two lives with commits of all sizes, and end well."""
        (self._folder / "store").mkdir()
        batches = [[each] for each in a_morning().decided]
        for count in (1, 2, 1, 20, 3, 1, 60, 1, 1, 4):
            tick = Ticked(at=MORNING, trading_day=trading_day_of(MORNING))
            counted = r.TotpCounted(failures=count, locked=False)
            batches.append([(tick, [counted] * count), (tick, [counted])])
        half = len(batches) // 2
        for part in (batches[:half], batches[half:]):
            journal = self.open()
            self.acked = self.acked or journal.head()
            self.disk.stepped = self._cut
            for batch in part:
                journal.commit(batch)
                self.acked = journal.head()
            journal.close()

    def _cut(self) -> None:
        self.steps += 1
        if self.steps % self._every:
            return
        for _ in range(CUTS_A_STEP):
            self.images += 1
            remains = self._folder / "remains"
            remains.mkdir()
            self.disk.leave(remains, self._rng)
            self.found[self._judged(remains)] += 1
            shutil.rmtree(remains)

    def _judged(self, remains: Path) -> str:
        """Start on what is left, as the program does, and say what became of what it had told."""
        assert self.acked is not None
        if not store_of(remains).exists():
            return "the store is gone"
        try:
            journal = Journal.open(remains)
        except JournalError as error:
            return f"refused: {str(error).split(': ', 1)[-1]}"
        with closing(journal):
            journal.load()
            if journal.head().seq < self.acked.seq:
                return "an acknowledged commit is lost"
            rows = journal._db.execute(
                "SELECT chain FROM events WHERE seq = ?", (self.acked.seq,)
            ).fetchall()
            if self.acked.seq and rows != [(self.acked.link,)]:
                return "another history"
            verdict = journal._db.execute("PRAGMA integrity_check").fetchall()
        return "held" if verdict == [("ok",)] else "damaged"


def test_a_power_cut_at_any_step_loses_nothing_that_was_acknowledged(memory_folder, capsys):
    life = CutLife(memory_folder)
    life.run()
    with capsys.disabled():
        print(f" {life.images} power cuts at {life.steps} steps: {dict(life.found)}", end=" ")  # noqa: T201
    assert life.images >= LEAST_IMAGES
    assert life.found == {"held": life.images}


def test_with_less_than_full_syncs_the_same_test_finds_what_is_lost(memory_folder, capsys):
    life = CutLife(memory_folder, lying=True, every=4)
    life.run()
    with capsys.disabled():
        print(f" synchronous=NORMAL: {dict(life.found)}", end=" ")  # noqa: T201
    assert life.found["an acknowledged commit is lost"] > life.images // 10


def test_the_shim_stands_for_the_sqlite_that_the_program_uses():
    """Both SQLites write the same file format; the program's own is what runs on the remains."""
    assert int(apsw.sqlite_lib_version().split(".")[0]) == sqlite3.sqlite_version_info[0]
