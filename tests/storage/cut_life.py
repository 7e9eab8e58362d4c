"""A store's life on a disk that may lose power at any step.

`python -m tests.storage.cut_life 25` runs so many lives, each with other remains, and sums up.
"""

import argparse
import random
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from engine.core.decide import trading_day_of
from engine.core.values import records as r
from engine.core.values.events import Ticked
from engine.errors import JournalError
from storage.chain import Head
from storage.journal import Journal
from tests.core.core_world import MORNING
from tests.storage.conftest import MEMORY
from tests.storage.cut_disk import ApswConnection, CutDisk, CutVFS
from tests.storage.store_world import a_morning, store_of


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
                journal.shorten_log(
                    worth_bytes=200_000
                )  # as in a quiet moment; often, in a short test
            journal.close()

    def update(self, old: Path, head: Head) -> None:
        """Bring a store of an older version up to date; `head` is what its history comes to."""
        (self._folder / "store").mkdir()
        path = store_of(self._folder / "store")
        shutil.copy(old, path)
        self.disk.opened(path.name)
        self.disk.wrote(path.name, 0, path.read_bytes())
        self.disk.synced(path.name)
        self.disk.synced_names()
        self.acked, self.disk.stepped = head, self._cut
        self.open().close()

    def _cut(self) -> None:
        self.steps += 1
        if self.steps % self._every:
            return
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


def main() -> None:
    """Run lives and say what came of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.storage.cut_life", description=__doc__)
    parser.add_argument("lives", type=int)
    found: Counter[str] = Counter()
    for seed in range(parser.parse_args().lives):
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
            life = CutLife(Path(folder), seed=str(seed))
            life.run()
        found += life.found
        print(f"{found.total()} power cuts: {dict(found)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
