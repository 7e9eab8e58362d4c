"""A whole run, and as JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bench.figures import Row, growth
from bench.machine import Machine
from bench.options import Options
from bench.play import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole run.

    Attributes:
        began_at: Aware.
        seconds: How long it took.
        standings: Of the program, by number of followers.
        kernel_stamps: Whether arrivals are stamped by the kernel, not when the broker reads them.
        stolen: Part of the processors' time that other guests of the host took, 0 to 1.
        load: Processes that wanted to run, on average of the last minute, at the end.
        other_writes: Changes and cancels of orders that were filled already; nobody needed them.
    """

    began_at: datetime
    seconds: float
    options: Options
    machine: Machine
    standings: dict[int, Standing]
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
            "format": 2,
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
            "program": {
                str(number): asdict(each) | {"times_floor": each.times_floor}
                for number, each in result.standings.items()
            },
            "growth": [
                {"from": smaller, "to": larger, "delay_ms": delay_ms, "times": times}
                for (smaller, larger, delay_ms), times in growth(result.rows).items()
            ],
            "rows": [
                asdict(row.cell)
                | {
                    "times_floor": row.times_floor,
                    "times_program": row.times_program,
                    "clients": {client: asdict(each) for client, each in row.figures.items()},
                }
                for row in result.rows
            ],
        },
        indent=1,
    )
