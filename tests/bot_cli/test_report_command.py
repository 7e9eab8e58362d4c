"""``copytrader report`` over a store that a program has written, or is writing, or none."""

import csv
import json
from decimal import Decimal

import pytest

from engine.core.values.market import OrderId, Venue
from engine.core.values.profit_sample import ProfitSample
from tests.bot_cli.cli_builders import command, write_env
from tests.core.core_world import FATHER, MORNING, a_follower, done
from tests.storage.kept_world import KeptWorld

DAY = MORNING.date().isoformat()


@pytest.fixture
def world(tmp_path):
    """A store that is open for writing all the while, as a running instance has it."""
    write_env(tmp_path)
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    kept = KeptWorld(folder, a_follower("father"), a_follower("mother", multiplier="0.05"))
    kept.master(done(OrderId("=M1"), average_price="100"))
    kept.fill(kept.ack(), price="100.50")
    yield kept
    kept.store.close()


def test_it_tells_what_became_of_the_newest_day(world, tmp_path):
    told = command(tmp_path, "report")
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[0] == "LIVE, Wed 18 Nov 2026: 1 order of the master"
    father = next(line.split() for line in lines if line.startswith("father"))
    assert father[:7] == ["father", "1", "0", "0", "0", "+5.00", "+50.0"]
    assert "mother: 1 skipped, less than one lot at this multiplier" in lines
    assert max(map(len, lines)) <= 80


def test_a_row_of_the_csv_is_one_followers_part(world, tmp_path):
    told = command(tmp_path, "report", "--day", DAY, "--csv", "day.csv")
    assert (told.status, told.out) == (0, "")
    assert "2 rows written to" in told.err
    with (tmp_path / "day.csv").open(encoding="utf-8", newline="") as file:
        father, mother = csv.DictReader(file)
    assert (father["outcome"], father["filled"], father["master_price"], father["price"]) == (
        "copied",
        "10",
        "100",
        "100.50",
    )
    assert (father["slippage_rupees"], father["slippage_bps"], father["order"]) == (
        "5.00",
        "50.00",
        "1",
    )
    assert (mother["outcome"], mother["reason"], mother["price"]) == (
        "skipped",
        "less than one lot at this multiplier",
        "",
    )
    # Nothing that came from outside is a formula in a spreadsheet.
    assert father["master_order_id"] == "'=M1"


def test_scripts_get_the_same_as_json(world, tmp_path):
    told = command(tmp_path, "report", "--json")
    (found,) = json.loads(told.out)["reports"]
    assert (found["day"], found["venue"], found["orders"]) == (DAY, "live", 1)
    assert found["followers"][0]["slippage"] == "5.00"
    assert len(found["rows"]) == 2


def test_the_profit_is_what_was_sampled_last(world, tmp_path):
    sample = ProfitSample(
        day=MORNING.date(),
        venue=Venue.LIVE,
        account=FATHER,
        at=world.now,
        rupees=Decimal("-1234567.894"),
    )
    world.store.add_profit_samples([sample])
    told = command(tmp_path, "report")
    assert "-12,34,567.89" in told.out


@pytest.mark.parametrize(
    ("asked", "mend"),
    [
        ("2026-11-15", f"nothing ran on Sun 2026-11-15 - the newest days in the store: {DAY}"),
        ("soon", "'soon' is no day - give today, yesterday or a date such as"),
        ("2026-13-01", "'2026-13-01' is no day"),
    ],
)  # fmt: skip
def test_a_day_that_is_not_there_is_one_line_with_the_mend(world, tmp_path, asked, mend):
    told = command(tmp_path, "report", "--day", asked)
    assert (told.status, told.out) == (1, "")
    assert mend in told.err
    assert told.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_named(world, tmp_path):
    told = command(tmp_path, "report", "--csv", "no/such/folder.csv")
    assert told.status == 1
    assert (
        "cannot be written (No such file or directory) - name another file with --csv" in told.err
    )


def test_before_the_first_start_it_says_what_to_do(tmp_path):
    write_env(tmp_path)
    told = command(tmp_path, "report")
    assert told.status == 1
    assert "the store holds no trading day yet - start it first with: copytrader run" in told.err
