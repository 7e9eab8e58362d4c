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


#: No copiers: what the machine can do at all.
FLOORS = frozenset({Client.FLOOR, Client.FLOOR_COMMIT})
#: Every second round closes what the one before opened.
SIDES: Mapping[Kind, str] = {Kind.ENTRY: "BUY", Kind.EXIT: "SELL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What may be compared: rounds of one number of followers and one delay."""

    followers: int
    delay_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round of one client; milliseconds from the frame to the first and last whole order."""

    cell: Cell
    client: Client
    kind: Kind
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
        entry_ms: Median to the last order of the entries; None where there was none.
        exit_ms: The same of the exits.
        last_ms: To the last order, every round, in the order of play.
    """

    median_ms: float
    p10_ms: float
    p90_ms: float
    first_ms: float
    entry_ms: float | None
    exit_ms: float | None
    last_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell with the figures of every client that was measured in it.

    Attributes:
        times_floor: The program's median over the floor's.
        times_program: Each other client's median over the program's: below 1 it was quicker.
    """

    cell: Cell
    figures: Mapping[Client, Figure]
    times_floor: float
    times_program: Mapping[Client, float]


def rows_of(samples: Iterable[Sample]) -> tuple[Row, ...]:
    """Return a row per cell, in the order in which the cells were first played."""
    found: dict[Cell, dict[Client, list[Sample]]] = {}
    for sample in samples:
        found.setdefault(sample.cell, {}).setdefault(sample.client, []).append(sample)
    return tuple(_row(cell, by_client) for cell, by_client in found.items())


def quicker(rows: Iterable[Row]) -> dict[Client, tuple[Cell, ...]]:
    """Return where which copier was quicker than the program; the floors are none."""
    found: dict[Client, tuple[Cell, ...]] = {}
    for row in rows:
        for client, times in row.times_program.items():
            if client not in FLOORS and times < 1:
                found[client] = (*found.get(client, ()), row.cell)
    return found


def growth(rows: Iterable[Row]) -> dict[tuple[int, int, float], float]:
    """Return how many times longer the program took with the next number of followers.

    Returns:
        By the smaller number, the larger, and the delay.
    """
    medians = {row.cell: row.figures[Client.PROGRAM].median_ms for row in rows}
    found = {}
    for cell, median_ms in medians.items():
        larger = [
            other
            for other in medians
            if other.delay_ms == cell.delay_ms and other.followers > cell.followers
        ]
        if larger:
            following = min(larger, key=lambda other: other.followers)
            times = medians[following] / median_ms
            found[cell.followers, following.followers, cell.delay_ms] = times
    return found


def _row(cell: Cell, by_client: Mapping[Client, Sequence[Sample]]) -> Row:
    figures = {client: _figure(samples) for client, samples in by_client.items()}
    ours = figures[Client.PROGRAM].median_ms
    return Row(
        cell=cell,
        figures=figures,
        times_floor=ours / figures[Client.FLOOR].median_ms,
        times_program={
            client: figure.median_ms / ours
            for client, figure in figures.items()
            if client is not Client.PROGRAM
        },
    )


def _figure(samples: Sequence[Sample]) -> Figure:
    last = tuple(sample.last_ms for sample in samples)
    tenths = statistics.quantiles(last, n=10, method="inclusive") if len(last) > 1 else [*last] * 9
    return Figure(
        median_ms=statistics.median(last),
        p10_ms=tenths[0],
        p90_ms=tenths[-1],
        first_ms=statistics.median(sample.first_ms for sample in samples),
        entry_ms=_median_of(Kind.ENTRY, samples),
        exit_ms=_median_of(Kind.EXIT, samples),
        last_ms=last,
    )


def _median_of(kind: Kind, samples: Sequence[Sample]) -> float | None:
    times = [sample.last_ms for sample in samples if sample.kind is kind]
    return statistics.median(times) if times else None
