"""Samples to figures. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from bench.accounts import Client


@unique
class Kind(StrEnum):
    """What a round's order is for the followers."""

    ENTRY = "entry"
    EXIT = "exit"


#: Every second round closes what the one before opened.
SIDES: Mapping[Kind, str] = {Kind.ENTRY: "BUY", Kind.EXIT: "SELL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What may be compared: rounds of one number of followers, one delay, one kind."""

    followers: int
    delay_ms: float
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round of one client; milliseconds from the frame to the first and last whole order."""

    cell: Cell
    client: Client
    first_ms: float
    last_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What the rounds of one client in one cell came to, milliseconds.

    Attributes:
        median_ms: To the last order.
        p10_ms: A tenth of the rounds were as quick.
        p90_ms: A tenth of the rounds were as slow.
        first_ms: Median to the first order.
        last_ms: To the last order, every round, in the order of play.
    """

    median_ms: float
    p10_ms: float
    p90_ms: float
    first_ms: float
    last_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell with the figures of every client that was measured in it.

    Attributes:
        times_floor: The program's median over the floor's.
        times_faster: The median of kiteconnect with threads over the program's; None where it was
            not measured.
    """

    cell: Cell
    figures: Mapping[Client, Figure]
    times_floor: float
    times_faster: float | None


def rows_of(samples: Iterable[Sample]) -> tuple[Row, ...]:
    """Return a row per cell, in the order in which the cells were first played."""
    found: dict[Cell, dict[Client, list[Sample]]] = {}
    for sample in samples:
        found.setdefault(sample.cell, {}).setdefault(sample.client, []).append(sample)
    return tuple(_row(cell, by_client) for cell, by_client in found.items())


def _row(cell: Cell, by_client: Mapping[Client, Sequence[Sample]]) -> Row:
    figures = {client: _figure(samples) for client, samples in by_client.items()}
    ours = figures[Client.PROGRAM].median_ms
    threads = figures.get(Client.THREADS)
    return Row(
        cell=cell,
        figures=figures,
        times_floor=ours / figures[Client.FLOOR].median_ms,
        times_faster=threads.median_ms / ours if threads is not None else None,
    )


def _figure(samples: Sequence[Sample]) -> Figure:
    last = tuple(sample.last_ms for sample in samples)
    tenths = statistics.quantiles(last, n=10, method="inclusive") if len(last) > 1 else [*last] * 9
    return Figure(
        median_ms=statistics.median(last),
        p10_ms=tenths[0],
        p90_ms=tenths[-1],
        first_ms=statistics.median(sample.first_ms for sample in samples),
        last_ms=last,
    )
