"""What is measured of everything that grows: a store as a start finds it, and how the figures are compared."""

import io

from rich.console import Console

from bench.growth.lines import Line, as_json, show
from bench.growth.recovery_process import recover, snapshot_before
from bench.machine import this_machine
from storage.snapshot import SNAPSHOT_NAME
from tests.sim.busy_days import SHARES, trades
from tests.storage.store_world import a_filled_store


def test_a_start_is_measured_on_the_whole_journal_and_from_a_snapshot(tmp_path, caplog):
    a_filled_store(tmp_path)
    whole = recover(tmp_path)
    assert (whole.events, whole.orders) == (30, 9)
    assert whole.start_s >= whole.proved_s + whole.folded_s > 0
    assert whole.memory_mb > 1
    snapshot_before(tmp_path, 5)
    assert (tmp_path / SNAPSHOT_NAME).exists()
    assert recover(tmp_path).orders == whole.orders
    assert "passed over" not in caplog.text


def test_what_there_is_ten_times_of_is_compared(tmp_path):
    larger = Line(what="start", unit="s", size="1", figure=0.5, larger="10", at_larger=4.0)
    lines = [
        larger,
        Line(what="last entry", unit="ms", size="1", figure=0.0, larger="10", at_larger=3.0),
        Line(what="a follower", unit="kB", size="10 to 100", figure=225),
    ]
    assert [each.growth for each in lines] == [8.0, None, None]
    screen, machine = io.StringIO(), this_machine(tmp_path)
    show(lines, machine, Console(file=screen))
    assert "8.0x" in screen.getvalue()
    assert [each["growth"] for each in as_json(lines, machine)["lines"]] == [8.0, None, None]


def test_a_busy_day_ends_with_nothing_held():
    held = dict.fromkeys(SHARES, 0)
    for number, (side, share) in enumerate(trades(500)):
        held[share] += 1 if side == "BUY" else -1
        assert held[share] >= 0, f"order {number} sells what he has not"
    assert set(held.values()) == {0}
    assert len(trades(500)) == 500
