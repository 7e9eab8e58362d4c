"""Memory over many trading days of one life, in virtual time."""

import msgspec

from bench.child import BenchError
from bench.growth.lines import Line
from bench.growth.processes import output_of

#: Copies of ten days are remembered (engine/core/state/fold_day.py): from here on it must not grow.
FULL_AFTER = 12
_MOST_S = 3600.0


async def memory(days: int) -> list[Line]:
    """Live through so many days, more than 12; return what is held early, once all that is kept is there, and at the end."""
    arguments = ("-m", "tests.sim.busy_memory", "--days", str(days))
    line = await output_of(*arguments, timeout_s=_MOST_S)
    held = msgspec.json.decode(line, type=list[int])
    if len(held) != days or days <= FULL_AFTER:
        raise BenchError(f"{len(held)} of {days} days were lived")
    early = max(1, days // 10)
    return [
        Line(
            what="engine's memory, evening of", unit="kB", size=f"day {early}", figure=held[early - 1] / 1024,
            larger=f"day {days}", at_larger=held[-1] / 1024,
        ),
        Line(
            what="  since all that is kept is there", unit="kB", size=f"day {FULL_AFTER}",
            figure=held[FULL_AFTER - 1] / 1024, larger=f"day {days}", at_larger=held[-1] / 1024,
        ),
    ]  # fmt: skip
