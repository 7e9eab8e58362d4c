"""One backup a night by another process; people hear when there is none."""

import os
import sys
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from bot.cli.check_backups import backups
from bot.cli.configuration import Configuration
from bot.cli.setup_doubts import setup_doubts
from bot.nightly import FIRST_LOOK_S, LOOK_EVERY_S, RETRY_S, WORKER, NightlyBackup
from bot.nightly_worker import KEPT_NIGHTS
from engine.core.values.market import IST
from storage.backup_reading import unpack
from storage.journal import Journal
from storage.recovery_key import RecoveryKey
from tests.bot_cli.cli_builders import invocation
from tests.bot_cli.test_backup_command import sealed
from tests.engine_shell.shell_world import ManualClock

NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=IST)
KEY = RecoveryKey.new()


class Nights:
    """A program that makes backups at night, and what it said of them."""

    def __init__(self, folder, *, worker=WORKER, now=NIGHT):
        self.clock = ManualClock(now)
        self.folder = folder / "backups"
        self.folder.mkdir(exist_ok=True)
        self.told = []
        self.backup = NightlyBackup(
            self.clock,
            data_dir=folder / "var",
            env_file=folder / ".env",
            folder=self.folder,
            failed=self.told.append,
            worker=worker,
        )


@pytest.fixture
def here(tmp_path):
    sealed(tmp_path, BACKUP__DIR="backups")
    (tmp_path / "var").mkdir(mode=0o700)
    with closing(Journal.open(tmp_path / "var")):
        pass
    KEY.lock.keep(tmp_path / "var")
    return tmp_path


async def test_the_real_process_makes_one_a_night_and_removes_the_oldest(here):
    nights = Nights(here)
    mine = nights.folder / "kitecopytrader-20250101-000000.backup"
    mine.write_text("made by hand")
    for day in range(KEPT_NIGHTS):
        (nights.folder / f"kitecopytrader-nightly-2026-11-{day + 1:02}.backup").write_text("old")
    assert await nights.backup.look()
    made = sorted(nights.folder.glob("kitecopytrader-nightly-*"))
    assert [one.name[-17:-7] for one in made] == [
        *(f"2026-11-{day:02}" for day in range(2, KEPT_NIGHTS + 1)),
        "2026-11-24",
    ]
    assert mine.exists(), "what somebody made himself is never removed"
    out = here / "out"
    out.mkdir()
    assert unpack(made[-1], KEY, out).store.events == 0
    assert nights.told == []


SAYS = "import sys; print('{}', end='')"


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ('{"error": "/mnt/usb is not a folder - mount its disk"}', "/mnt/usb is not a folder"),
        ("", "ended without an answer - try: copytrader backup"),
        ("{}", "ended without an answer"),
    ],
)
async def test_a_night_without_a_backup_is_told_and_tried_again(here, says, told):
    nights = Nights(here, worker=(sys.executable, "-c", SAYS.format(says)))
    assert not await nights.backup.look()
    assert told in nights.told[0]
    assert "Copying goes on" in nights.told[0]
    assert not await nights.backup.look(), "it is still due"


async def test_it_is_due_from_two_oclock_and_once(here):
    counted = here / "counted"
    script = f"open({str(counted)!r}, 'a').write(sys.argv[-1] + ' ')"
    worker = (sys.executable, "-c", f'import sys; {script}; print(\'{{"made": "x"}}\')')
    nights = Nights(here, worker=worker, now=NIGHT - timedelta(minutes=1))
    for minutes in (0, 1, 2, 600):
        nights.clock.set(NIGHT + timedelta(minutes=minutes - 1))
        assert await nights.backup.look()
    assert counted.read_text() == "2026-11-23 2026-11-24 "


async def test_it_looks_some_minutes_after_a_start_and_again_in_an_hour_where_it_failed(here):
    class EndedError(Exception):
        pass

    class Counting(ManualClock):
        async def sleep(self, seconds):
            self.slept.append(seconds)
            if len(self.slept) > 2:
                raise EndedError

    nights = Nights(here)
    nights.backup._clock = clock = Counting(NIGHT)
    answers = iter([False, True])

    async def look():
        return next(answers)

    nights.backup.look = look
    with pytest.raises(EndedError):
        await nights.backup.run()
    assert clock.slept == [FIRST_LOOK_S, RETRY_S, LOOK_EVERY_S]


@pytest.mark.parametrize(
    ("days", "level", "told"),
    [
        (None, "ok", "none yet in"),
        (1, "ok", "1 night in"),
        (4, "ok", "the newest of 2026-11-20"),
        (5, "warn", "5 days old - one now: copytrader backup"),
    ],
)
def test_the_doctor_says_how_old_the_newest_is(here, days, level, told):
    (here / "backups").mkdir()
    (here / "backups" / "kitecopytrader-20251124-000000.backup").write_text("made by hand")
    now = NIGHT + timedelta(hours=8)
    if days is not None:
        one = here / "backups" / "kitecopytrader-nightly-2026-11-23.backup"
        one.write_text("x")
        at = (now - timedelta(days=days)).timestamp()
        os.utime(one, (at, at))
    line = backups(Configuration.read(None, invocation(here)).settings(), now)
    assert (line.level.value, told in line.text) == (level, True), line


def test_what_keeps_it_from_being_made_is_said_by_the_doctor_before(here):
    def doubts():
        settings = Configuration.read(None, invocation(here)).settings()
        return [line for line in setup_doubts(settings) if line.startswith("BACKUP__DIR")]

    (line,) = doubts()
    assert "is not a folder" in line
    (here / "backups").mkdir()
    assert doubts() == []
    (here / "var" / "recovery.pub").unlink()
    (line,) = doubts()
    assert "copytrader backup ." in line
