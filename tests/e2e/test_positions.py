"""`copytrader positions` as its own process, while the program runs and after it has ended."""

import asyncio
import json
import sys
from decimal import Decimal

import pytest

from demo.exchange.build import MASTER
from tests.e2e.operated import back_up_and_look, operated


async def positions(stage, *argv: str) -> tuple[int, str, str]:
    """Run the command as a person would; return exit status, answer and complaint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "positions", *argv, "--env-file", str(stage.env_file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def service(tmp_path):
    """Have the same program run as a service: another would cost seconds."""
    with operated(tmp_path) as opened:
        yield opened


async def test_positions_are_told_by_the_program_and_by_the_journal_it_leaves(
    staged, service, tmp_path
):
    stage = await staged(followers=1, settings=service.settings, environ=service.environ)
    await stage.log_in()
    await stage.start_copying()
    stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol="M&M",
        transaction_type="BUY",
        quantity=10,
        product="MIS",
    )
    await stage.trader.expect("1 of 1 followed")

    status, out, err = await positions(stage, "fa0001", "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    (father,) = told["positions"]
    (row,) = father["rows"]
    assert told["running"] is True
    assert (father["account"], father["venue"]) == ("father", "paper")
    assert (row["symbol"], row["product"], row["net"], row["copied"]) == ("M&M", "MIS", 10, 10)
    assert isinstance(row["average_price"], str)
    assert Decimal(row["average_price"]) > 0
    assert father["read_at"].endswith("+05:30")

    await service.is_alive()
    await service.is_measured(
        'kitecopytrader_orders_total{follower="father",state="acked",venue="paper"} 1.0',
        'kitecopytrader_session_ok{account="master"} 1.0',
        "kitecopytrader_copying 1.0",
    )
    back_up_and_look(stage.plan.folder / "var", tmp_path)

    await stage.stop_program()
    assert service.take()[-1] == "STOPPING=1"
    status, out, err = await positions(stage, "--brief")
    assert status == 0
    assert err.startswith("copytrader: nothing runs here - positions as the store last knew them, ")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["account", "mode"],
        ["master", "LIVE"],
        ["father", "PAPER"],
    ]
