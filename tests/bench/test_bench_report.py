"""The tables of a whole run: readable, and honest about who was quicker."""

import json
from io import StringIO

from rich.console import Console

from bench.accounts import Client
from bench.figures import Cell, Kind, Sample, rows_of
from bench.machine import Machine
from bench.options import read_options
from bench.play import Standing
from bench.report import show
from bench.result import Result, as_json
from engine.clock import SystemClock

#: Milliseconds for one follower and for each more: about what a whole run finds.
COSTS = {
    Client.PROGRAM: (3.0, 2.4),
    Client.FLOOR: (0.3, 0.02),
    Client.FLOOR_COMMIT: (0.6, 0.03),
    Client.AIOHTTP: (1.6, 0.2),
    Client.THREADS: (1.9, 4.0),
    Client.LOOP: (1.5, 23.0),
}


def a_result() -> Result:
    rows = rows_of(
        Sample(
            cell=Cell(followers=followers, delay_ms=delay_ms),
            client=client,
            kind=kind,
            first_ms=first,
            last_ms=(first + more * (followers - 1)) * spread,
        )
        for followers in (1, 10, 100, 1000)
        for delay_ms in (0.0, 20.0)
        for client, (first, more) in COSTS.items()
        for kind, spread in ((Kind.ENTRY, 1.0), (Kind.EXIT, 1.3))
    )
    standing = Standing(
        ready_s=264.1,
        at_rest=0.25,
        decide_us={Kind.ENTRY: 265.5, Kind.EXIT: 97.2},
        undisturbed_ms={Client.PROGRAM: 15.0, Client.FLOOR: 0.5},
    )
    return Result(
        began_at=SystemClock().now(),
        seconds=901.0,
        options=read_options(["--rounds", "2"]),
        machine=Machine(
            processor="AMD EPYC 7R13 48-Core Processor", cores=2, system="Linux 6.18.44-generic",
            python="3.11.7", uvloop="0.23.0", kiteconnect="5.2.2", aiohttp="3.14.5",
            sqlite="3.40.1", pinned=True, fdatasync_us=265.0,
        ),
        standings=dict.fromkeys((1, 10, 100, 1000), standing),
        kernel_stamps=True,
        stolen=0.01,
        load=1.0,
        other_writes=12,
        rows=rows,
    )  # fmt: skip


def printed() -> str:
    out = StringIO()
    show(a_result(), Console(file=out, width=80))
    return out.getvalue()


def test_every_line_of_a_whole_run_fits_into_a_hundred_columns():
    assert max(map(len, printed().splitlines())) <= 100


def test_who_was_quicker_is_marked_where_he_was_and_named_below():
    text = " ".join(printed().split())

    assert "! quicker than the program: aiohttp + aiosqlite at 1/10/100/1000 (0 ms)," in text
    assert "SDK threads at 1 (0 ms), 1 (20 ms); SDK loop at 1 (0 ms), 1 (20 ms)." in text
    assert "0.63x !" in text
    # A floor is no copier: that it is quicker is what it is for.
    assert "0.100x !" not in text


def test_how_far_the_program_is_from_the_floor_when_nobody_disturbs_either():
    assert a_result().standings[100].times_floor == 30.0
    assert " 30.0x|" in printed()


def test_a_round_of_the_loop_over_a_thousand_is_told_in_seconds():
    assert "26.4s" in printed()


def test_the_json_holds_every_round_and_what_grew():
    found = json.loads(as_json(a_result()))

    assert len(found["rows"]) == 8
    assert all(len(row["clients"][Client.LOOP]["last_ms"]) == 2 for row in found["rows"])
    assert [(each["from"], each["to"]) for each in found["growth"]] == [
        (1, 10), (1, 10), (10, 100), (10, 100), (100, 1000), (100, 1000),
    ]  # fmt: skip
