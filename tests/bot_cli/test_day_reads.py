"""Whole days for the chat: today in small steps, past days by another process that gets no secret."""

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.day_reads import DaysUnread, StoredDays
from engine.core.chat.day_report import day_report
from engine.core.state.state import State
from engine.core.values.control import StartCopy
from engine.core.values.events import Started
from engine.core.values.market import MASTER, Venue
from engine.core.values.profit_sample import ProfitSample
from storage.past_days import last_samples, stored_samples
from tests.bot_chat.chat_fakes import ManualClock
from tests.core.core_world import FATHER, MORNING, a_follower, done
from tests.storage.kept_world import KeptWorld

TODAY = MORNING.date()


def reads(folder, state, worker=None) -> StoredDays:
    more = {} if worker is None else {"worker": (sys.executable, "-c", worker)}
    return StoredDays(
        folder, lambda: state, clock=ManualClock(MORNING), samples=stored_samples, last_samples=last_samples, **more
    )  # fmt: skip


@pytest.fixture
def world(tmp_path):
    """A store of yesterday and today, open for writing all the while."""
    kept = KeptWorld(tmp_path, a_follower())
    kept.master(done("M1", average_price="100"))
    kept.fill(kept.ack(), price="100.50")
    kept.yesterday = day_report(kept.state, Venue.LIVE, as_of=kept.now)
    kept.sleep(24 * 3600)
    kept.offer(Started(at=kept.now, trading_day=TODAY + timedelta(days=1), install_id="K7"))
    for name in (MASTER, FATHER):
        kept.log_in(name)
    kept.read(FATHER)
    kept.master_rows.clear()
    kept.master()
    kept.master_positions()
    kept.go_live()
    assert kept.ask(StartCopy()).accepted
    yield kept
    kept.store.close()


async def test_a_past_day_comes_from_another_process_and_today_from_the_state(
    world, tmp_path, monkeypatch
):
    monkeypatch.setenv("TELEGRAM__BOT_TOKEN", "1:secret")
    days = reads(tmp_path, world.state)
    tomorrow = TODAY + timedelta(days=1)
    assert days.today() == tomorrow
    past, today = await days.reports(TODAY, tomorrow, rows=True)
    assert (past.day, past.followers, past.rows) == (
        TODAY,
        world.yesterday.followers,
        world.yesterday.rows,
    )
    assert (today.day, today.orders, today.as_of) == (tomorrow, 0, MORNING)
    (short,) = await days.reports(TODAY, TODAY, rows=False)
    assert (short.rows, short.followers) == ((), past.followers)
    assert await days.reports(TODAY - timedelta(days=9), TODAY - timedelta(days=8), rows=True) == ()


async def test_the_other_process_gets_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PASSPHRASE", "hunter2")
    told = "import os, sys, json; sys.stdout.write(json.dumps({'error': ' '.join(sorted(os.environ))}))"
    state = State(trading_day=TODAY)
    with pytest.raises(DaysUnread) as failed:
        await reads(tmp_path, state, told).reports(
            TODAY - timedelta(days=1), TODAY - timedelta(days=1), rows=True
        )
    assert "PYTHONPATH" in str(failed.value)
    assert "PASSPHRASE" not in str(failed.value)


@pytest.mark.parametrize(
    ("worker", "said"),
    [
        ("raise SystemExit(1)", "try again, or copytrader report"),
        ("print('nonsense')", "try again, or copytrader report"),
        (
            "import json; print(json.dumps({'error': 'the store is damaged: restore a backup'}))",
            "restore a backup",
        ),
    ],
)
async def test_a_process_that_fails_is_one_line_with_the_mend(tmp_path, worker, said):
    day = TODAY - timedelta(days=1)
    with pytest.raises(DaysUnread, match=said):
        await reads(tmp_path, State(trading_day=TODAY), worker).reports(day, day, rows=False)


async def test_a_process_that_hangs_is_ended_with_whoever_asked(tmp_path):
    pid = tmp_path / "pid"
    hangs = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)"
    day = TODAY - timedelta(days=1)
    asked = asyncio.ensure_future(  # noqa: TID251 - the test is its supervisor
        reads(tmp_path, State(trading_day=TODAY), hangs).reports(day, day, rows=False)
    )
    async with asyncio.timeout(20):
        while not pid.exists() or not pid.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    status = tmp_path.joinpath("/proc", pid.read_text(), "status")
    assert not status.exists()


async def test_a_long_day_is_read_in_steps_between_which_others_go_on(tmp_path):
    world = KeptWorld(tmp_path, a_follower())
    for number in range(120):
        world.master(done(f"M{number}", "BUY" if number % 2 == 0 else "SELL"))
        world.ack_and_fill()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.ensure_future(others())  # noqa: TID251 - the test is its supervisor
    report = await reads(tmp_path, world.state).report(Venue.LIVE)
    task.cancel()
    world.store.close()
    assert report.followers[0].copied == 120
    assert turns >= 6


async def test_samples_are_read_beside_the_writer(world, tmp_path):
    sample = ProfitSample(
        day=TODAY, venue=Venue.LIVE, account=FATHER, at=MORNING, rupees=Decimal("1.5")
    )
    world.store.add_profit_samples([sample])
    days = reads(tmp_path, world.state)
    assert await days.samples(TODAY) == await days.last_samples(TODAY, TODAY) == (sample,)


async def test_before_the_first_day_there_is_nothing_to_report(tmp_path):
    with pytest.raises(DaysUnread, match="no trading day has begun yet"):
        await reads(tmp_path, State()).report(Venue.PAPER)
