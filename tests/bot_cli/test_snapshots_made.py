"""Snapshots are made beside the program: each night, and whenever much was journalled since the last."""

import sys
from datetime import datetime, timedelta

import pytest

from bot.snapshots import MOST_BEHIND, WORKER, Snapshots
from engine.core.values.market import IST
from storage.journal import Journal
from storage.snapshot import SNAPSHOT_NAME
from tests.engine_shell.shell_world import ManualClock
from tests.storage.store_world import a_filled_store
from tests.storage.test_hash_chain import EDITS, edited

EVENING = datetime(2026, 11, 24, 22, 0, tzinfo=IST)
#: Answers with what it was told to, and writes down how it was asked.
ASKED = "import pathlib, sys; p = pathlib.Path(sys.argv[1]) / 'asked'; p.open('a').write(sys.argv[2] + ' '); print('{}', end='')"


class Made:
    """A program that has snapshots made, and what it said of them."""

    def __init__(self, folder, *, says=None):
        self.clock = ManualClock(EVENING)
        self.folder, self.told = folder, []
        self.newest, self.quiet = 30, True
        worker = WORKER if says is None else (sys.executable, "-c", ASKED.replace("{}", says))
        self.snapshots = Snapshots(
            self.clock, data_dir=folder, newest_event=lambda: self.newest,
            is_quiet=lambda: self.quiet, damaged=self.told.append, worker=worker,
        )  # fmt: skip

    def asked(self) -> list[str]:
        path = self.folder / "asked"
        return path.read_text().split() if path.exists() else []


async def test_the_real_process_makes_one_that_a_start_goes_from_and_finds_what_was_changed(
    tmp_path,
):
    a_filled_store(tmp_path)
    made = Made(tmp_path)
    assert await made.snapshots.look()
    assert not (tmp_path / SNAPSHOT_NAME).exists(), "a start folds so little in no time"
    made.clock.set(made.clock.now() + timedelta(hours=5))
    assert await made.snapshots.look()
    journal = Journal.open(tmp_path)
    assert journal._snapshot is not None
    assert journal._snapshot.head == journal.head()
    journal.close()
    edited(tmp_path, EDITS["an event is edited"])
    made.clock.set(made.clock.now() + timedelta(days=1))
    assert not await made.snapshots.look()
    (line,) = made.told
    assert "event 12" in line
    assert "restore a backup" in line


async def test_by_day_one_is_made_once_a_start_would_take_long_and_nothing_is_on_its_way(tmp_path):
    made = Made(tmp_path, says=f'{{"reached": {MOST_BEHIND}}}')
    made.newest = MOST_BEHIND - 1
    assert await made.snapshots.look()
    made.newest, made.quiet = MOST_BEHIND, False
    assert await made.snapshots.look()
    assert made.asked() == []
    made.quiet = True
    assert await made.snapshots.look()
    made.newest += MOST_BEHIND - 1
    assert await made.snapshots.look()
    assert made.asked() == ["rest"]
    made.clock.set(made.clock.now() + timedelta(hours=5))
    assert await made.snapshots.look()
    assert await made.snapshots.look()
    assert made.asked() == ["rest", "whole"], "at night the history before it is proved too"


@pytest.mark.parametrize("says", ['{"error": "the disk is full"}', "no answer"])
async def test_a_failure_is_nobodys_alarm_and_is_tried_again(tmp_path, says):
    made = Made(tmp_path, says=says)
    made.clock.set(made.clock.now() + timedelta(hours=5))
    assert not await made.snapshots.look()
    assert not await made.snapshots.look()
    assert made.told == []
    assert made.asked() == ["whole", "whole"]
