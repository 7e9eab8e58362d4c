"""The real process is killed before, and comes back before or after the square-off of its paper positions."""

import asyncio
import json
import sys
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from demo.exchange.build import MASTER
from demo.stage import Plan, Stage, _environment
from engine.clock import SystemClock
from engine.core.values.market import IST
from tests.e2e.conftest import until
from tests.faults.lives_on import copytrader


class ShortDay(Stage):
    """A stage whose program squares paper positions off at `square_off`; None: never."""

    square_off: datetime | None = None

    @override
    async def launch_program(self) -> None:
        if self.square_off is None:
            await super().launch_program()
            return
        with (self.plan.folder / "program.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.e2e.short_day", self.square_off.isoformat()),
                *("run", "--env-file", str(self.env_file)),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                env=_environment(),
            )  # fmt: skip


async def held(stage: Stage) -> int:
    """Return what the paper account holds, as `copytrader positions` tells it."""
    out = await copytrader(stage, "positions", "father", "--json")
    (father,) = json.loads(out)["positions"]
    return sum(row["net"] for row in father["rows"])


def told(stage: Stage) -> list[str]:
    return [message.text for message in stage.trader.messages() if "squared off" in message.text]


async def crash(stage: Stage) -> None:
    stage.kill_program()
    await until(lambda: not stage.program_runs, what="the end of the process")


@pytest.mark.parametrize("ahead_s", [8, -60], ids=["before it", "after it"])
async def test_a_restart_over_the_square_off_closes_once_and_says_so(tmp_path, ahead_s):
    stage = ShortDay(Plan(folder=tmp_path / "stage", followers=1))
    await stage.open()
    try:
        await stage.start_program()
        await stage.log_in()
        await stage.start_copying()
        stage.exchange.place_from_app(
            MASTER, exchange="NSE", tradingsymbol="M&M", transaction_type="BUY", quantity=10,
            product="MIS",
        )  # fmt: skip
        await stage.trader.expect("1 of 1 followed")
        await crash(stage)

        stage.square_off = SystemClock().now().astimezone(IST).replace(tzinfo=None) + timedelta(
            seconds=ahead_s
        )
        await stage.start_program()
        await until(lambda: bool(told(stage)), seconds=30, what="the square-off")
        (said,) = told(stage)
        assert said.startswith("PAPER")
        assert "M&M" in said
        assert "+10 units" in said
        assert await held(stage) == 0

        await crash(stage)
        mark = stage.trader.mark()
        await stage.start_program()
        await stage.trader.expect("Started again", since=mark)
        assert await held(stage) == 0
        assert len(told(stage)) == 1
        assert not stage.exchange.ledger.order_writes()
    finally:
        await stage.close()
