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
    Client.THREADS: "kite\nto_thread",
    Client.THREAD_EACH: "kite, a\nthread each",
    Client.LOOP: "kite, one\nby one",
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
    """

    began_at: datetime
    seconds: float
    options: Options
    machine: Machine
    ready_s: dict[int, float]
    kernel_stamps: bool
    stolen: float
    load: float
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
                "clients": options.clients,
                "quick": options.quick,
            },
            "machine": asdict(result.machine)
            | {"stolen": round(result.stolen, 4), "load": round(result.load, 2)},
            "broker": {"tls": True, "kernel_stamps": result.kernel_stamps},
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
    machine, options = result.machine, result.options
    loop = f"uvloop {machine.uvloop}" if machine.uvloop else "asyncio's own loop"
    stamps = (
        "stamped by the kernel as it arrives"
        if result.kernel_stamps
        else "stamped when the broker reads it, so its slowness is in every figure"
    )
    rested = "QUICK: neither warm nor rested" if options.quick else "connections warm"
    ready = ", ".join(f"{s:.1f} s at {number}" for number, s in result.ready_s.items())
    return (
        "From the master's frame leaving the broker to the last follower's whole order there;",
        f"median and, below it, 10th to 90th percentile of {options.rounds // 2} rounds. TLS,"
        f" {rested}; an order",
        f"is {stamps}.",
        "program: the real process with its journal (synchronous=FULL). floor: blocking sockets,",
        "requests made beforehand, nothing parsed, no journal. kite: the official SDK, no journal.",
        f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python},"
        f" {loop},",
        f"kiteconnect {machine.kiteconnect}; fdatasync of 4 kB where the journal is"
        f" {machine.fdatasync_us:.0f} us; load {result.load:.1f},",
        f"stolen {result.stolen:.1%}; {result.began_at:%Y-%m-%d %H:%M} IST, {result.seconds:.0f} s."
        f" The program copies after (not counted) {ready}.",
        "Compare ratios of one run only: the milliseconds are this machine's at that load.",
    )


def _table(result: Result, *, plain: bool) -> Table:
    table = Table(
        title="Stream frame to last order on the wire, ms",
        box=box.ASCII if plain else box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
    )
    for heading in ("fol-\nlowers", "broker\nms", "order"):
        table.add_column(heading, justify="right")
    for client in result.options.clients:
        table.add_column(_NAMES[client], justify="right")
    table.add_column("program\n/ floor", justify="right")
    if Client.THREADS in result.options.clients:
        table.add_column("to_thread\n/ program", justify="right")
    for number, row in enumerate(result.rows):
        later = result.rows[number + 1 :]
        last_of_number = bool(later) and later[0].cell.followers != row.cell.followers
        cell = row.cell
        figures = [_cell(row.figures[client]) for client in result.options.clients]
        ratios = [f"{row.times_floor:.1f}x"]
        if row.times_faster is not None:
            ratios.append(f"{row.times_faster:.1f}x")
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


def _ms(value: float) -> str:
    """Return three figures: what a shared machine can promise at most."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
