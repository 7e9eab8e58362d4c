"""From samples to ratios."""

import pytest

from bench.accounts import Client
from bench.figures import Cell, Kind, Sample, growth, quicker, rows_of

CELL = Cell(followers=10, delay_ms=20)


def samples_of(client: Client, *last_ms: float, cell: Cell = CELL) -> list[Sample]:
    """Return entries and exits by turns."""
    return [
        Sample(
            cell=cell,
            client=client,
            kind=Kind.EXIT if number % 2 else Kind.ENTRY,
            first_ms=last / 2,
            last_ms=last,
        )
        for number, last in enumerate(last_ms)
    ]


def test_ratios_are_of_medians_so_one_bad_round_changes_nothing():
    (row,) = rows_of(
        [
            *samples_of(Client.PROGRAM, 3.0, 3.0, 300.0),
            *samples_of(Client.FLOOR, 2.0, 2.0, 2.0),
            *samples_of(Client.THREADS, 60.0, 90.0, 90.0),
        ]
    )

    assert row.times_floor == 1.5
    assert row.times_program == {Client.FLOOR: 2 / 3, Client.THREADS: 30.0}
    figure = row.figures[Client.PROGRAM]
    assert (figure.median_ms, figure.first_ms) == (3.0, 1.5)
    assert figure.last_ms == (3.0, 3.0, 300.0)


def test_the_spread_is_the_10th_and_90th_percentile():
    (row,) = rows_of(
        [*samples_of(Client.PROGRAM, *range(11)), *samples_of(Client.FLOOR, *range(1, 12))]
    )

    figure = row.figures[Client.PROGRAM]
    assert (figure.p10_ms, figure.p90_ms) == (pytest.approx(1.0), pytest.approx(9.0))


def test_what_differs_in_delay_or_number_is_never_mixed():
    cells = [
        Cell(followers=followers, delay_ms=delay_ms)
        for followers in (1, 10)
        for delay_ms in (0.0, 20.0)
    ]
    samples = [
        sample
        for number, cell in enumerate(cells, 1)
        for client in (Client.PROGRAM, Client.FLOOR)
        for sample in samples_of(client, float(number), cell=cell)
    ]

    rows = rows_of(samples)

    assert [row.cell for row in rows] == cells
    assert [row.figures[Client.PROGRAM].median_ms for row in rows] == [1, 2, 3, 4]


def test_entries_and_exits_have_medians_of_their_own_beside_the_common_one():
    (row,) = rows_of(
        [*samples_of(Client.PROGRAM, 1.0, 5.0, 1.0, 5.0), *samples_of(Client.FLOOR, 1.0)]
    )

    figure = row.figures[Client.PROGRAM]
    assert (figure.median_ms, figure.entry_ms, figure.exit_ms) == (3.0, 1.0, 5.0)
    assert row.figures[Client.FLOOR].exit_ms is None


def test_a_copier_that_was_quicker_is_named_with_where_and_a_floor_never_is():
    rows = rows_of(
        sample
        for cell, threads in ((CELL, 2.9), (Cell(followers=10, delay_ms=0), 3.0))
        for client, last in (
            (Client.PROGRAM, 3.0),
            (Client.FLOOR, 1.0),
            (Client.FLOOR_COMMIT, 2.0),
            (Client.THREADS, threads),
        )
        for sample in samples_of(client, last, cell=cell)
    )

    assert quicker(rows) == {Client.THREADS: (CELL,)}


def test_growth_goes_from_each_number_to_the_next_at_the_same_delay():
    rows = rows_of(
        sample
        for followers, delay_ms, last in (
            (100, 0.0, 8.0),
            (100, 20.0, 6.0),
            (1000, 20.0, 60.0),
            (10, 20.0, 2.0),
        )
        for client in (Client.PROGRAM, Client.FLOOR)
        for sample in samples_of(client, last, cell=Cell(followers=followers, delay_ms=delay_ms))
    )

    assert growth(rows) == {(10, 100, 20.0): 3.0, (100, 1000, 20.0): 10.0}
