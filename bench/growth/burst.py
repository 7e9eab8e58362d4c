"""A burst of the master's orders: how late the program's loop is meanwhile, and when the last entry leaves after /stop."""

import asyncio
import signal
import sys
import time
from datetime import datetime
from pathlib import Path

import msgspec
from typing_extensions import override

from bench.child import BenchError, inherited
from bench.growth.lines import Line
from demo.exchange.build import MASTER
from demo.stage import Plan, Stage

#: As many as can log in by the chat without being told to write less (bot/chat/gate.py).
FOLLOWERS = 6
_SYMBOLS = ("RELIANCE", "INFY", "SBIN", "TCS", "HDFCBANK", "M&M")
#: Seconds between two of his orders: a burst of two hundred takes one second.
_EVERY_S = 0.005
#: Longer than an entry may be late (``MAX_ENTRY_AGE_S``): what has not left by then never does.
_OVER_S = 25.0
_WRITES_S = 10.0


class _Watched(Stage):
    """A stage whose program is watched."""

    @override
    async def launch_program(self) -> None:
        with (self.plan.folder / "program.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.growth.watched_process", str(self.late), "run", "--env-file",
                str(self.env_file), stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL,
                env=inherited(),
            )  # fmt: skip

    @property
    def late(self) -> Path:
        """What the watcher writes."""
        return self.plan.folder / "late.json"

    def toggle(self) -> None:
        """Have it begin, or end, to watch."""
        assert self._process is not None  # noqa: S101 - asked of a stage that runs
        self._process.send_signal(signal.SIGUSR1)

    async def lateness(self) -> list[float]:
        """Return by how many seconds each look was late, least first."""
        self.toggle()
        async with asyncio.timeout(_WRITES_S):
            while not self.late.exists():  # noqa: ASYNC110 - another process has no event to wait on
                await asyncio.sleep(0.02)
        found = sorted(msgspec.json.decode(self.late.read_bytes(), type=list[float]))
        self.late.unlink()
        return found

    def entries(self) -> list[datetime]:
        """Return when each entry of a follower reached the exchange."""
        return [
            record.at
            for record in self.exchange.ledger.placed()
            if record.user_id != MASTER and record.fields["transaction_type"] == "BUY"
        ]


async def bursts(folder: Path, orders: int) -> list[Line]:
    """Play bursts of a tenth of the orders and of all of them, each for a program of its own, LIVE."""
    sizes = (max(2, orders // 10), orders)
    late, stops, sent = [], [], []
    for number in sizes:
        found = await _burst(folder / f"burst-{number}", number, stop=False)
        late.append(found)
        stopped = await _burst(folder / f"stop-{number}", number, stop=True)
        stops.append(stopped[0])
        sent.append(stopped[1])

    def line(what: str, unit: str, figures: list[float]) -> Line:
        return Line(
            what=what, unit=unit, size=f"{sizes[0]} orders", figure=figures[0],
            larger=f"{sizes[1]} orders", at_larger=figures[1],
        )  # fmt: skip

    return [
        line(
            f"loop late in a burst, {FOLLOWERS} followers: median", "ms", [each[0] for each in late]
        ),
        line("  99 of 100 looks", "ms", [each[1] for each in late]),
        line("  at worst", "ms", [each[2] for each in late]),
        line("/stop in the middle: last entry left after", "ms", stops),
        line("  entries that left after it was pressed", "", sent),
    ]


async def _burst(folder: Path, orders: int, *, stop: bool) -> list[float]:
    """Return lateness in ms (median, 99 of 100, worst); where /stop is pressed, ms to the last entry and how many left after."""
    stage = _Watched(Plan(folder=folder, followers=FOLLOWERS))
    try:
        await stage.open()
        await stage.start_program()
        await stage.log_in()
        await stage.go_live()
        await stage.start_copying()
        await asyncio.sleep(3)
        stage.toggle()
        pressed: datetime | None = None
        for number in range(orders):
            if stop and number == orders // 2:
                pressed = stage.exchange.now()
                stage.trader.send("/stop")
            _buy(stage, _SYMBOLS[number % len(_SYMBOLS)])
            await asyncio.sleep(_EVERY_S)
        began = time.perf_counter()
        await asyncio.sleep(_OVER_S if not stop else 8.0)
        found = await stage.lateness()
        if not stage.entries():
            raise BenchError(
                f"no entry left in {time.perf_counter() - began:.0f} s: {stage.tail_of_log(1)}"
            )
        if pressed is None:
            return [1000 * found[len(found) * part // 100] for part in (50, 99)] + [
                1000 * found[-1]
            ]
        after = [at for at in stage.entries() if at > pressed]
        last = max(after, default=pressed)
        return [1000 * (last - pressed).total_seconds(), float(len(after))]
    finally:
        await stage.close()


def _buy(stage: Stage, symbol: str) -> None:
    stage.exchange.place_from_app(
        MASTER, exchange="NSE", tradingsymbol=symbol, transaction_type="BUY", quantity=1, product="MIS"
    )  # fmt: skip
