"""How long a start takes until the state is folded, from the journal of a whole day and from a snapshot."""

import time
from pathlib import Path

import msgspec

from bench.child import BenchError
from bench.growth.lines import Line
from bench.growth.processes import output_of, run
from bench.growth.recovery_process import Recovery
from storage.snapshot import SNAPSHOT_NAME
from storage.store_name import STORE_NAME

#: A day that takes the program minutes to live through.
_MOST_S = 7200.0
#: So much may be behind a snapshot by day (bot/snapshots.py); of a small day all but a tenth is in it.
_BEHIND = 25_000


async def recovery(folder: Path, orders: int, followers: int) -> list[Line]:
    """Make the journals of a day and of a tenth of one where they are not there yet, and start on them.

    Args:
        folder: Keeps them, so that a second run need not make them again.
        orders: Of the master on the larger day.
        followers: Everybody who copies them.
    """
    days = [await _day(folder, each, followers) for each in (max(10, orders // 10), orders)]
    sizes = [f"{each:,} orders" for each in (max(10, orders // 10), orders)]
    megabytes = [(day / STORE_NAME).stat().st_size / 2**20 for day in days]
    whole = [await _recovered(day) for day in days]
    made, quick, size = [], [], []
    for day, plain in zip(days, whole, strict=True):
        await _snapshot(day, min(_BEHIND, plain[1].events // 10))
        size.append((day / SNAPSHOT_NAME).stat().st_size / 2**20)
        quick.append(await _recovered(day))
        began = time.perf_counter()
        await run("-m", "bot.snapshot_worker", str(day), "rest", timeout_s=_MOST_S)
        made.append(time.perf_counter() - began)
        (day / SNAPSHOT_NAME).unlink(missing_ok=True)

    def line(what: str, unit: str, figures: list[float]) -> Line:
        return Line(
            what=what, unit=unit, size=sizes[0], figure=figures[0], larger=sizes[1],
            at_larger=figures[1],
        )  # fmt: skip

    return [
        line(f"journal of a day, {followers} followers", "MB", megabytes),
        line("  start to state folded, whole journal", "s", [each[0] for each in whole]),
        line("    processor's time", "s", [each[1].start_s for each in whole]),
        line("    of it: SQLite's check and the chain", "s", [each[1].proved_s for each in whole]),
        line("    of it: decode and fold", "s", [each[1].folded_s for each in whole]),
        line("  what is to be told again found", "s", [each[1].told_s for each in whole]),
        line("  memory at its peak", "MB", [each[1].memory_mb for each in whole]),
        line("  snapshot", "MB", size),
        line("  start to state folded, from a snapshot", "s", [each[0] for each in quick]),
        line("    processor's time", "s", [each[1].start_s for each in quick]),
        line("  bringing that snapshot up to date", "s", made),
    ]


async def _day(folder: Path, orders: int, followers: int) -> Path:
    day = folder / f"day-{orders}-{followers}"
    if not (day / STORE_NAME).exists():
        arguments = ("--orders", str(orders), "--followers", str(followers), "--paper")
        draft = folder / f"making-{orders}-{followers}"
        await run("-m", "tests.sim.busy_days", str(draft), *arguments, timeout_s=_MOST_S)
        draft.rename(day)
    return day


async def _snapshot(day: Path, behind: int) -> None:
    arguments = ("-m", "bench.growth.recovery_process", str(day), "snapshot", str(behind))
    await run(*arguments, timeout_s=_MOST_S)


async def _recovered(day: Path) -> tuple[float, Recovery]:
    """Return the seconds from starting a process to its state, and what it said."""
    began = time.perf_counter()
    line = await output_of("-m", "bench.growth.recovery_process", str(day), timeout_s=_MOST_S)
    took = time.perf_counter() - began
    try:
        said = msgspec.json.decode(line, type=Recovery)
    except msgspec.MsgspecError:
        raise BenchError(f"the recovery of {day} said nothing: {line!r}") from None
    return took - said.told_s, said
