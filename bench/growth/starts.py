"""How long a start takes with more followers, and what the process holds then: the real program."""

from pathlib import Path

from bench.accounts import Client
from bench.growth.lines import Line
from bench.stage import Stage

SIZES = (1, 10, 100)


async def starts(folder: Path) -> list[Line]:
    """Start the program with 1, 10 and 100 followers, log all of them in, and have it copy."""
    seconds, megabytes = [], []
    for number in SIZES:
        place = folder / f"start-{number}"
        place.mkdir()
        stage = Stage(number, (Client.PROGRAM,), place, warm=False)
        try:
            ready = await stage.open()
            seconds.append(ready.seconds)
            megabytes.append(stage.program_memory_mb())
        finally:
            await stage.close()
    names = [f"{number} followers" if number > 1 else "1 follower" for number in SIZES]
    each = (megabytes[2] - megabytes[1]) / (SIZES[2] - SIZES[1])

    def line(what: str, unit: str, figures: list[float], at: int) -> Line:
        return Line(
            what=what, unit=unit, size=names[at], figure=figures[at], larger=names[at + 1],
            at_larger=figures[at + 1],
        )  # fmt: skip

    return [
        line("start to copying, all logged in meanwhile", "s", seconds, 0),
        line("start to copying, all logged in meanwhile", "s", seconds, 1),
        line("memory of the process", "MB", megabytes, 0),
        line("memory of the process", "MB", megabytes, 1),
        Line(what="  a follower", unit="kB", size="10 to 100", figure=each * 1024),
    ]
