"""``cleanup`` deletes what has served its time; never the journal, never while something is unsettled."""

import os
from contextlib import closing
from datetime import date, timedelta

import pytest

from bot.instance import instance_lock
from engine.core.values.market import Venue
from engine.core.values.profit_sample import ProfitSample
from storage.journal import STORE_NAME, Journal
from storage.past_days import last_samples, stored_samples
from tests.bot_cli.cli_builders import (
    NOW,
    FakeInstance,
    an_account,
    command,
    status_answer,
    write_env,
)

OLD, NEW = NOW - timedelta(days=31), NOW - timedelta(days=29)


def a_file(path, at, size=10):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


@pytest.fixture
def here(tmp_path):
    write_env(tmp_path, BACKUP__DIR="backups", SECURITY__ALLOW_PLAIN_SECRETS="true")
    (tmp_path / "var").mkdir(mode=0o700)
    Journal.open(tmp_path / "var").close()
    return tmp_path


def everything(folder):
    """Make one of everything that may lie about; return what should go and what should stay."""
    var, backups = folder / "var", folder / "backups"
    go = [
        a_file(var / "logs" / "copytrader.log.7", OLD, 1_000_000),
        a_file(var / "journal-v2-20260101-020000.db", OLD),
        a_file(var / ".backup-00112233" / STORE_NAME, OLD).parent,
        a_file(var / ".restoring" / STORE_NAME, OLD).parent,
        a_file(backups / ".kitecopytrader-nightly-2026-11-01.backup.part", OLD),
        *(
            a_file(backups / f"kitecopytrader-nightly-2026-10-{day:02}.backup", NEW)
            for day in (1, 2)
        ),
    ]
    for folder_left in (var / ".backup-00112233", var / ".restoring"):
        os.utime(folder_left, (OLD.timestamp(), OLD.timestamp()))
    stay = [
        var / STORE_NAME,
        a_file(var / "logs" / "copytrader.log", OLD),
        a_file(var / "logs" / "copytrader.log.1", NEW),
        a_file(var / "logs" / "notes.txt", OLD),
        a_file(var / "journal-v3-20260201-020000.db", OLD + timedelta(hours=1)),
        a_file(var / "before-restore-20250101-000000" / STORE_NAME, OLD),
        a_file(var / "recovery.pub", OLD),
        a_file(backups / "kitecopytrader-20250101-000000.backup", OLD),
        *(
            a_file(backups / f"kitecopytrader-nightly-2026-11-{day:02}.backup", OLD)
            for day in range(1, 15)
        ),
    ]
    return go, stay


def test_a_dry_run_lists_and_deletes_nothing_and_a_real_one_deletes_just_that(here):
    go, stay = everything(here)
    dry = command(here, "cleanup", "--dry-run")
    assert dry.status == 0, dry.err
    for one in go:
        assert str(one) in dry.out
    for one in stay:
        assert f"{one}\n" not in dry.out
    assert "7 files, 1.0 MB, and 0 samples of profit would be deleted" in dry.out
    assert all(one.exists() for one in go + stay)
    real = command(here, "cleanup")
    assert real.status == 0, real.err
    assert [one for one in go if one.exists()] == []
    assert [one for one in stay if not one.exists()] == []
    assert "0 files" in command(here, "cleanup").out


@pytest.mark.parametrize(
    ("unsettled", "told"),
    [
        ({"accounts": (an_account("asha", unresolved=1),)}, "asha: 1 order that may or may not"),
        ({"accounts": (an_account("asha", stuck_exits=2),)}, "asha: 2 exits that do not fill"),
        ({"accounts": (an_account("asha", held_up=1),)}, "1 exit that waits for TPIN"),
        ({"open_offers": 3}, "3 open questions"),
        ({"frozen": True}, "copytrader adopt"),
    ],
)
def test_while_something_is_unsettled_every_trace_stays(here, unsettled, told):
    go, _ = everything(here)
    with FakeInstance(here, status=status_answer(**unsettled)):
        ran = command(here, "cleanup")
        dry = command(here, "cleanup", "--dry-run")
    assert ran.status == 1
    assert told in ran.err
    assert told in dry.err
    assert all(one.exists() for one in go)


def samples_of(day: date, *hours: int) -> list[ProfitSample]:
    at = NOW.replace(year=day.year, month=day.month, day=day.day)
    return [
        ProfitSample(
            day=day,
            venue=Venue.PAPER,
            account=account,
            at=at.replace(hour=hour),
            rupees=hour,
            realised=None,
        )
        for hour in hours
        for account in ("master", "asha")
    ]


def test_old_days_keep_the_last_sample_of_each_account_which_is_what_reports_go_by(here):
    old, new = NOW.date() - timedelta(days=401), NOW.date() - timedelta(days=399)
    with closing(Journal.open(here / "var")) as journal:
        journal.add_profit_samples([*samples_of(old, 10, 11, 12), *samples_of(new, 10, 11)])
    before = last_samples(here / "var", old, new)
    assert "4 samples of profit would be deleted" in command(here, "cleanup", "--dry-run").out
    with FakeInstance(here, status=status_answer()), instance_lock(here / "var"):
        ran = command(here, "cleanup")
    assert "stay while the program runs" in ran.err + ran.out
    assert len(stored_samples(here / "var", old)) == 6
    assert "4 samples of profit deleted" in command(here, "cleanup").out
    assert [one.at.hour for one in stored_samples(here / "var", old)] == [12, 12]
    assert len(stored_samples(here / "var", new)) == 4
    assert last_samples(here / "var", old, new) == before


def test_where_nothing_has_run_there_is_nothing_to_delete(tmp_path):
    write_env(tmp_path)
    assert "Nothing to delete" in command(tmp_path, "cleanup", "--dry-run").out
    assert not (tmp_path / "var").exists()
