"""The figures as one table, and as JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.accounts import Client
from bench.figures import Figure, Row
from bench.machine import Machine
from bench.options import Options

#: Headings. What each is: bench/baselines.py.
_NAMES = {
    Client.PROGRAM: "program",
    Client.FLOOR: "floor",
    Client.THREADS: "SDK\nthreads",
    Client.THREAD_EACH: "SDK\nN threads",
    Client.LOOP: "SDK\nloop",
}
#: Columns of the table where there is no terminal to ask.
_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole run.

    Attributes:
        began_at: Aware.
        seconds: How long it took.
        ready_s: Seconds from the program's start to its copying, by number of followers.
        kernel_stamps: Whether arrivals are stamped by the kernel, not when the broker reads them.
        stolen: Part of the processors' time that other guests of the host took, 0 to 1.
        load: Processes that wanted to run, on average of the last minute, at the end.
        other_writes: Changes and cancels of orders that were filled already; nobody needed them.
    """

    began_at: datetime
    seconds: float
    options: Options
    machine: Machine
    ready_s: dict[int, float]
    kernel_stamps: bool
    stolen: float
    load: float
    other_writes: int
    rows: tuple[Row, ...]


def as_json(result: Result) -> str:
    """Return the run as JSON; every sample is in it."""
    options = result.options
    return json.dumps(
        {
            "format": 1,
            "began_at": result.began_at.isoformat(timespec="seconds"),
            "seconds": round(result.seconds, 1),
            "options": {
                "followers": options.followers,
                "rounds": options.rounds,
                "delays_ms": options.delays_ms,
                "rest_s": options.rest_s,
                "clients": options.clients,
                "quick": options.quick,
            },
            "machine": asdict(result.machine)
            | {"stolen": round(result.stolen, 4), "load": round(result.load, 2)},
            "broker": {"tls": True, "kernel_stamps": result.kernel_stamps},
            "other_writes": result.other_writes,
            "ready_s": {str(number): round(s, 2) for number, s in result.ready_s.items()},
            "rows": [
                asdict(row.cell)
                | {
                    "times_floor": row.times_floor,
                    "times_faster_than_kite_threads": row.times_faster,
                    "clients": {client: asdict(each) for client, each in row.figures.items()},
                }
                for row in result.rows
            ],
        },
        indent=1,
    )


def show(result: Result, console: Console) -> None:
    """Print the table with what must be known to read it."""
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(_table(result, plain=not console.is_terminal))
    for line in caption(result):
        console.print(line, highlight=False)


def caption(result: Result) -> tuple[str, ...]:
    """Return the lines that belong under the table."""
    needless = (
        (
            f"Besides the orders the program asked for {result.other_writes} changes or cancels of"
            " orders already filled.",
        )
        if result.other_writes
        else ()
    )
    machine, options = result.machine, result.options
    loop = f"uvloop {machine.uvloop}" if machine.uvloop else "asyncio's own loop"
    stamps = "as the kernel has it" if result.kernel_stamps else "when the broker reads it"
    rested = "QUICK: neither warm nor rested" if options.quick else "connections warm"
    ready = ", ".join(f"{s:.1f} s at {number}" for number, s in result.ready_s.items())
    return (
        "From the master's frame leaving the broker to the arrival there of the last follower's whole",
        f"order, {stamps}. Median and, below it, 10th to 90th percentile of"
        f" {options.rounds // 2} rounds.",
        f"TLS; {rested}. program: the real process with its journal (synchronous=FULL).",
        "floor: blocking sockets, requests made beforehand, nothing parsed, no journal.",
        "SDK: kiteconnect, no journal; threads: as asyncio.to_thread has them; N: one a follower.",
        f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python},"
        f" {loop},",
        f"kiteconnect {machine.kiteconnect}; fdatasync of 4 kB where the journal is"
        f" {machine.fdatasync_us:.0f} us; load {result.load:.1f}, stolen {result.stolen:.1%}.",
        f"{result.began_at:%Y-%m-%d %H:%M} IST, {result.seconds:.0f} s."
        f" The program copied after {ready}.",
        *needless,
        "Compare ratios of one run only: the milliseconds are this machine's at that load.",
    )


def _table(result: Result, *, plain: bool) -> Table:
    table = Table(
        title="Stream frame to last order on the wire, ms",
        box=box.ASCII if plain else box.SIMPLE_HEAD,
        title_justify="left",
        padding=(0, 0, 0, 1),
    )
    headings = ["N", "delay\nms", "order", *(_NAMES[each] for each in result.options.clients)]
    headings.append("program\n/floor")
    if Client.THREADS in result.options.clients:
        headings.append("threads\n/program")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for number, row in enumerate(result.rows):
        later = result.rows[number + 1 :]
        last_of_number = bool(later) and later[0].cell.followers != row.cell.followers
        cell = row.cell
        figures = [_cell(row.figures[client]) for client in result.options.clients]
        ratios = [_ratio(row.times_floor)]
        if row.times_faster is not None:
            ratios.append(_ratio(row.times_faster))
        table.add_row(
            str(cell.followers), f"{cell.delay_ms:g}", cell.kind.value, *figures, *ratios,
            end_section=last_of_number,
        )  # fmt: skip
    return table


def _cell(figure: Figure) -> Text:
    return Text.assemble(
        (_ms(figure.median_ms), "bold"),
        (f"\n{_ms(figure.p10_ms)}-{_ms(figure.p90_ms)}", "dim"),
    )


def _ratio(value: float) -> str:
    """Return a ratio to three figures."""
    return f"{_ms(value)}x"


def _ms(value: float) -> str:
    """Return three figures: what a shared machine can promise at most."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
