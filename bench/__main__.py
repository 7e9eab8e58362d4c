"""``python -m bench``: measure, show one table, write JSON."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench.child import BenchError
from bench.figures import rows_of
from bench.machine import stolen_and_all, this_machine
from bench.options import Options, read_options
from bench.picture import draw
from bench.play import Play
from bench.profiling import profile
from bench.report import show
from bench.result import Result, as_json
from engine.clock import SystemClock

_FAILED, _INTERRUPTED, _TERMINATED = 1, 130, 143


async def measure(options: Options, folder: Path, console: Console) -> Result | str:
    """Play everything; progress goes to the console.

    Args:
        options: What to measure.
        folder: Empty; the journals and logs of all stages go there.
        console: Takes the progress.

    Returns:
        The figures, or the text of a profile where one was asked for.

    Raises:
        BenchError: An order was missing, doubled or wrong, or something did not start.
    """
    began_at, began, ticks = SystemClock().now(), time.perf_counter(), stolen_and_all()

    def tell(line: str) -> None:
        console.print(
            f"[{time.perf_counter() - began:4.0f} s] {line}", highlight=False, markup=False
        )

    task = asyncio.current_task()
    if task is not None:
        # So that nothing that was started outlives it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if options.profile is not None:
        return await profile(options.profile, folder, tell=tell)
    play = Play(options, tell=tell)
    machine = this_machine(folder)
    for number in options.followers:
        place = folder / str(number)
        place.mkdir()
        await play.run(number, place)
    stolen, all_ticks = (now - then for now, then in zip(stolen_and_all(), ticks, strict=True))
    return Result(
        began_at=began_at,
        seconds=time.perf_counter() - began,
        options=options,
        machine=machine,
        standings=play.standings,
        kernel_stamps=play.kernel_stamps,
        stolen=stolen / all_ticks if all_ticks else 0.0,
        load=os.getloadavg()[0],
        other_writes=play.other_writes,
        rows=rows_of(play.samples),
    )


def main() -> int:
    """Measure and return the exit status.

    Returns:
        0; 1 where it could not be done or an order was not as it should be, 130 after Ctrl-C, 143
        after SIGTERM.
    """
    options = read_options(sys.argv[1:])
    console = Console()
    # The journals are on the disk of this folder; TMPDIR chooses another.
    folder = Path(tempfile.mkdtemp(prefix="kct-bench-"))
    try:
        result = asyncio.run(measure(options, folder, console))
    except (BenchError, OSError) as error:
        sys.stderr.write(f"bench: {error}\nbench: the logs are left in {folder}\n")
        return _FAILED
    except (KeyboardInterrupt, asyncio.CancelledError) as end:
        sys.stderr.write("bench: interrupted, nothing was written\n")
        shutil.rmtree(folder)
        return _INTERRUPTED if isinstance(end, KeyboardInterrupt) else _TERMINATED
    shutil.rmtree(folder)
    if isinstance(result, str):
        sys.stdout.write(result + "\n")
        return 0
    show(result, console)
    try:
        options.json.write_text(as_json(result) + "\n", encoding="utf-8")
        draw(result, options.picture)
    except OSError as error:
        sys.stderr.write(f"bench: {error.filename or options.json}: {error.strerror or error}\n")
        return _FAILED
    console.print(
        f"Every round's figures: {options.json}\nAs a picture: {options.picture}", highlight=False
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
