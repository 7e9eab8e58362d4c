"""The figures as tables for a terminal, and what must be known to read them."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.accounts import Client
from bench.figures import FLOORS, Cell, Figure, Kind, Row, growth, quicker
from bench.result import Result

#: What each is called; what each is: bench/baselines/.
NAMES = {
    Client.PROGRAM: "program",
    Client.FLOOR: "floor",
    Client.FLOOR_COMMIT: "floor + commit",
    Client.AIOHTTP: "aiohttp + aiosqlite",
    Client.THREADS: "SDK threads",
    Client.LOOP: "SDK loop",
}
#: Behind the ratio of a copier that was quicker than the program.
QUICKER = " !"
#: Columns of the tables where there is no terminal to ask.
_WIDTH = 100


def show(result: Result, console: Console) -> None:
    """Print the tables with what must be known to read them."""
    if not console.is_terminal:
        console.width = _WIDTH
    plain = not console.is_terminal
    console.print(_rounds(result, plain=plain))
    console.print(_program(result, plain=plain))
    for line in caption(result):
        console.print(line, highlight=False, markup=False)


def caption(result: Result) -> tuple[str, ...]:
    """Return the lines that belong under the tables."""
    machine, options = result.machine, result.options
    loop = f"uvloop {machine.uvloop}" if machine.uvloop else "asyncio's own loop"
    stamps = "as the kernel has it" if result.kernel_stamps else "when the broker reads it"
    rested = "QUICK: neither warm nor rested" if options.quick else "connections warm"
    pinned = (
        "the broker has a processor of its own, everybody else shares the rest"
        if machine.pinned
        else "broker and clients share the processors"
    )
    return (
        *_where_quicker(result.rows),
        "From the master's frame leaving the broker to the arrival there of the last follower's whole",
        f"order, {stamps}. Median; 10th to 90th percentile; the median over the",
        "program's, and the program's over the floor's. Half of all rounds are entries, half exits.",
        *_how_many(result.rows),
        "In rounds of their own: decide, processor time in the program itself; undisturbed, less the time",
        "either was ready to run and had no processor. at rest: part of a processor while nothing",
        "happens, which the baselines put up with. start: until it copies, with all logins.",
        f"TLS; {rested}; {pinned}.",
        "program: the real process, its journal with synchronous=FULL. floor: blocking sockets, requests",
        "made beforehand, nothing parsed; + commit: all orders in one transaction before, FULL as well.",
        "aiohttp: one session, a task an order, such a transaction by aiosqlite. SDK: kiteconnect, no",
        "journal; threads: as many as asyncio.to_thread has.",
        f"{machine.processor}, {machine.cores} cores, {machine.system}, Python {machine.python},"
        f" {loop},",
        f"kiteconnect {machine.kiteconnect}, aiohttp {machine.aiohttp}, SQLite {machine.sqlite};"
        f" fdatasync of 4 kB where the",
        f"journals are {machine.fdatasync_us:.0f} us; load {result.load:.1f}, stolen"
        f" {result.stolen:.1%}. {result.began_at:%Y-%m-%d %H:%M} IST, {result.seconds:.0f} s.",
        *(
            (
                f"Besides the orders the program asked for {result.other_writes} changes or cancels of"
                " orders already filled.",
            )
            if result.other_writes
            else ()
        ),
        "Compare ratios of one run only: the milliseconds are this machine's at that load.",
    )


def _where_quicker(rows: Iterable[Row]) -> tuple[str, ...]:
    """Say where a copier was quicker than the program."""
    found = quicker(rows)
    if not found:
        return ("No copier was quicker than the program in any row.",)
    places = "; ".join(f"{NAMES[client]} at {_places(cells)}" for client, cells in found.items())
    return (f"{QUICKER.strip()} quicker than the program: {places}.",)


def _places(cells: Iterable[Cell]) -> str:
    by_delay: dict[float, list[str]] = {}
    for cell in cells:
        by_delay.setdefault(cell.delay_ms, []).append(str(cell.followers))
    return ", ".join(f"{'/'.join(each)} ({delay:g} ms)" for delay, each in by_delay.items())


def _place(cell: Cell) -> str:
    return f"{cell.followers} ({cell.delay_ms:g} ms)"


def _how_many(rows: Iterable[Row]) -> tuple[str, ...]:
    """Say how many rounds each figure is made of: most by number of followers, then the exceptions."""
    usual: dict[int, int] = {}
    fewer = []
    for row in rows:
        number = row.cell.followers
        usual[number] = len(row.figures[Client.PROGRAM].last_ms)
        fewer += [
            f"{NAMES[client]} at {_place(row.cell)} {len(figure.last_ms)}"
            for client, figure in row.figures.items()
            if len(figure.last_ms) != usual[number]
        ]
    counts = ", ".join(f"{count} at {number}" for number, count in usual.items())
    lines = [f"Rounds: {counts}{';' if fewer else '.'}"]
    lines += [f"fewer: {', '.join(fewer)}."] if fewer else []
    return tuple(lines)


def _rounds(result: Result, *, plain: bool) -> Table:
    table = _empty("Stream frame to last order on the wire, ms", plain=plain)
    headings = [
        "N",
        "delay\nms",
        *(NAMES[each].replace(" ", "\n", 1) for each in result.options.clients),
    ]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.rows:
        figures = [_cell(row, client) for client in result.options.clients]
        table.add_row(str(row.cell.followers), f"{row.cell.delay_ms:g}", *figures, end_section=True)
    return table


def _cell(row: Row, client: Client) -> Text:
    figure = row.figures[client]
    if client is Client.PROGRAM:
        ratio = f"{_figures(row.times_floor)}x floor"
    else:
        times = row.times_program[client]
        ratio = f"{_figures(times)}x" + QUICKER * (times < 1 and client not in FLOORS)
    return Text.assemble(
        (_ms(figure.median_ms), "bold"), (f"\n{_spread(figure)}", "dim"), f"\n{ratio}"
    )


def _program(result: Result, *, plain: bool) -> Table:
    """Return what else is known of the program."""
    table = _empty("The program by number of followers", plain=plain)
    steps = {
        (larger, delay_ms): f"{_figures(times)}x"
        for (_, larger, delay_ms), times in growth(result.rows).items()
    }
    for heading in (
        "N", "decide, us a\nfollower: entry", "\nexit",
        *(f"x the row\nabove, {delay_ms:g} ms" for delay_ms in result.options.delays_ms),
        "undisturbed,\nx floor",
        "at\nrest", "start,\ns",
    ):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    for number, standing in result.standings.items():
        decide = standing.decide_us
        table.add_row(
            str(number),
            _figures(decide[Kind.ENTRY]),
            _figures(decide[Kind.EXIT]),
            *(steps.get((number, delay_ms), "") for delay_ms in result.options.delays_ms),
            f"{_figures(standing.times_floor)}x",
            "" if standing.at_rest is None else f"{standing.at_rest:.0%}",
            f"{standing.ready_s:.1f}",
        )
    return table


def _empty(title: str, *, plain: bool) -> Table:
    return Table(
        title=title,
        box=box.ASCII if plain else box.SIMPLE_HEAD,
        title_justify="left",
        padding=(0, 0, 0, 1),
    )


def _spread(figure: Figure) -> str:
    return f"{_ms(figure.p10_ms)}-{_ms(figure.p90_ms)}"


def _ms(value: float) -> str:
    """Return milliseconds, or seconds where those would be five digits."""
    return f"{value / 1000:.1f}s" if value >= 10_000 else _figures(value)


def _figures(value: float) -> str:
    """Return three figures: what a shared machine can promise at most."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
