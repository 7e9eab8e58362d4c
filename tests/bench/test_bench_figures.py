"""From samples to ratios."""

import pytest

from bench.accounts import Client
from bench.figures import Cell, Kind, Sample, rows_of

CELL = Cell(followers=10, delay_ms=20, kind=Kind.ENTRY)


def samples_of(client: Client, *last_ms: float, cell: Cell = CELL) -> list[Sample]:
    return [Sample(cell=cell, client=client, first_ms=last / 2, last_ms=last) for last in last_ms]


def test_ratios_are_of_medians_so_one_bad_round_changes_nothing():
    (row,) = rows_of(
        [
            *samples_of(Client.PROGRAM, 3.0, 3.0, 300.0),
            *samples_of(Client.FLOOR, 2.0, 2.0, 2.0),
            *samples_of(Client.THREADS, 60.0, 90.0, 90.0),
        ]
    )

    assert row.times_floor == 1.5
    assert row.times_faster == 30.0
    figure = row.figures[Client.PROGRAM]
    assert (figure.median_ms, figure.first_ms) == (3.0, 1.5)
    assert figure.last_ms == (3.0, 3.0, 300.0)


def test_the_spread_is_the_10th_and_90th_percentile():
    (row,) = rows_of(
        [*samples_of(Client.PROGRAM, *range(11)), *samples_of(Client.FLOOR, *range(1, 12))]
    )

    figure = row.figures[Client.PROGRAM]
    assert (figure.p10_ms, figure.p90_ms) == (pytest.approx(1.0), pytest.approx(9.0))
    assert row.times_faster is None


def test_what_differs_in_kind_delay_or_number_is_never_mixed():
    cells = [
        Cell(followers=followers, delay_ms=delay_ms, kind=kind)
        for followers in (1, 10)
        for delay_ms in (0.0, 20.0)
        for kind in Kind
    ]
    samples = [
        sample
        for number, cell in enumerate(cells, 1)
        for client in (Client.PROGRAM, Client.FLOOR)
        for sample in samples_of(client, float(number), cell=cell)
    ]

    rows = rows_of(samples)

    assert [row.cell for row in rows] == cells
    assert [row.figures[Client.PROGRAM].median_ms for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
