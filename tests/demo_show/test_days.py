"""The days are values: the same seed gives the same day, and what they say holds together."""

from datetime import date
from pathlib import Path

import pytest

from bot.cli.demo import SCENARIOS
from demo.days.programme import NAMES, make_day
from demo.days.steps import Cancel, Modify, Order, UntilCopied
from demo.exchange.catalogue import catalogue

#: An ordinary day; the expiry days of NIFTY and SENSEX; the end of the year.
DATES = [date(2026, 11, 18), date(2026, 11, 17), date(2026, 11, 19), date(2026, 12, 31)]


def day(name, *, seed=1, today=DATES[0]):
    return make_day(name, catalogue(today), seed=seed)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_day_and_another_seed_other_quantities(name):
    assert day(name) == day(name)
    assert any(day(name, seed=seed) != day(name) for seed in range(2, 6))


@pytest.mark.parametrize("today", DATES)
@pytest.mark.parametrize("name", NAMES)
def test_a_day_trades_what_is_listed_in_quantities_that_the_exchange_takes(name, today):
    rows = {row.key: row for row in catalogue(today)}
    for seed in range(1, 6):
        for order in day(name, seed=seed, today=today).orders:
            row = rows[order.instrument]
            assert order.quantity % row.lot_size == 0
            assert 0 < order.quantity <= (row.freeze_quantity or order.quantity)
            assert all(row.is_on_tick(p) for p in (order.price, order.trigger) if p is not None)


@pytest.mark.parametrize("name", NAMES)
def test_every_label_is_unique_and_known_before_it_is_used(name):
    known = set()
    for step in day(name).steps:
        if isinstance(step, Order):
            assert step.label not in known
            known.add(step.label)
        elif isinstance(step, Cancel | Modify | UntilCopied):
            assert step.label in known


@pytest.mark.parametrize("name", NAMES)
def test_only_followers_of_the_day_are_left_out(name):
    made = day(name)
    assert all(set(order.left_out) <= set(made.family.names) for order in made.orders)


@pytest.mark.parametrize("name", NAMES)
def test_a_day_fits_the_screen_and_a_short_run(name):
    made = day(name)
    assert all(len(scene.caption) <= 98 and len(scene.title) <= 30 for scene in made.scenes)
    assert 15 <= made.beats <= 60
    assert made.pauses_s < 4, "a run of five seconds still has time to breathe"


def test_calm_trades_all_six_segments():
    made = day("calm")
    assert {order.instrument.exchange for order in made.orders} == {
        "NSE", "BSE", "NFO", "BFO", "MCX", "CDS",
    }  # fmt: skip
    assert {order.product for order in made.orders} == {"CNC", "MIS", "NRML"}


def test_the_command_line_names_the_same_days():
    assert SCENARIOS == NAMES


def test_the_page_about_the_demo_names_every_day():
    page = (Path(__file__).resolve().parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"| `{name}`" not in page] == []
