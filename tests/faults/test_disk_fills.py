"""The disk under the running program fills: entries stop, exits leave, and it goes on once there is room."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.stage import Plan, Stage
from tests.e2e.conftest import until
from tests.faults.conftest import FATHER, at_work, master_trades, net, told, until_held

SYMBOLS = ("INFY", "SBIN", "TCS", "HDFCBANK", "M&M")


@pytest.fixture
def small_disk(tmp_path, request) -> Iterator[Path]:
    """A stage's folder whose store is on a disk of so many MB, where the system lets us make one."""
    folder = tmp_path / "stage"
    data_dir = folder / "var"
    data_dir.mkdir(parents=True)
    options = f"size={request.param}m,mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(data_dir)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk of its own may be made here")
    yield folder
    subprocess.run(["umount", "--lazy", str(data_dir)], check=True)


# More than /live asks for, or it would be refused.
@pytest.mark.parametrize("small_disk", [240], indirect=True)
async def test_entries_stop_exits_leave_and_copying_begins_again_with_room(small_disk):
    data_dir = small_disk / "var"
    async with at_work(small_disk, followers=1) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 5)
        reserve = data_dir / "reserve"
        assert reserve.stat().st_blocks * 512 >= 32 * 2**20

        mark = stage.trader.mark()
        with (data_dir / "other").open("wb", buffering=0) as other:
            with contextlib.suppress(OSError):
                while other.write(bytes(65536)):
                    pass
            with contextlib.suppress(OSError):
                while other.write(bytes(512)):
                    pass
        for symbol in SYMBOLS:
            master_trades(stage, "BUY", symbol)
        text = await told(stage, "disk is full", since=mark)
        assert "Exits still follow" in text
        assert "/start_copy" in text
        await until(lambda: not reserve.exists(), what="the reserve to be given back")

        writes = len(stage.exchange.ledger.order_writes())
        master_trades(stage, "BUY", "J&KBANK")
        master_trades(stage, "SELL", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 0)
        assert net(stage, FATHER, "J&KBANK") == 0
        assert len(stage.exchange.ledger.order_writes()) > writes

        (data_dir / "other").unlink()
        await stage.start_copying()
        assert reserve.exists(), "the check before /start_copy made it again"
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, FATHER, "RELIANCE", 5)
        assert "Traceback" not in stage.tail_of_log(200)


@pytest.mark.parametrize("small_disk", [40], indirect=True)
async def test_a_disk_too_small_for_the_reserve_is_told_at_the_start_and_copied_on_in_paper(
    small_disk,
):
    stage = Stage(Plan(folder=small_disk, followers=1))
    await stage.open()
    try:
        await stage.start_program()
        text = await told(stage, "no room for a reserve of 32 MB")
        assert "free disk space" in text
        await stage.log_in("master")
        mark = stage.trader.mark()
        await stage.start_copying()
        master_trades(stage, "BUY", "SBIN")
        await told(stage, "COPY #", "SBIN", "father fill", since=mark)
    finally:
        await stage.close()
