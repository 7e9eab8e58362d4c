"""The soak counts what it runs, names what broke, and says so with its exit status."""

import io
import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tests.sim import soak
from tests.sim.sim_corpus import from_text
from tests.sim.sim_plan import Plan

ROOT = Path(__file__).parents[2]


def test_a_short_soak_sums_up_and_ends_well(tmp_path):
    out = tmp_path / "soak.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.sim.soak", "--schedules", "8", "--first", "4000",
         "--cores", "1", "--json", str(out)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(out.read_text())
    assert told["schedules"] == 8
    assert told["kills"] >= 1
    assert told["child orders"] > 10
    assert told["faults that struck"]
    assert {"Python", "SQLite", "commit", "schedules a second"} <= told.keys()
    assert "schedules that broke a promise: 0" in done.stdout


def test_a_broken_promise_is_listed_with_its_plan_and_fails_the_soak(monkeypatch, tmp_path):
    screen = io.StringIO()

    def broken(*_: object, **__: object) -> soak.Sum:
        total = soak.Sum()
        found = dict.fromkeys(("kills", "lives", "children", "writes"), 1)
        console = Console(file=screen)
        soak._add(
            total,
            4003,
            "life",
            found | {"faults": (), "violations": ["a promise"]},
            console=console,
        )
        return total

    monkeypatch.setattr(soak, "soak", broken)
    out = tmp_path / "soak.json"
    monkeypatch.setattr(sys, "argv", ["soak", "--json", str(out)])
    assert soak.main() == 1
    (kept,) = json.loads(out.read_text())["broken"]
    assert from_text(kept["plan"]) == soak.schedule(4003)[1]
    assert "a promise" in screen.getvalue()
    assert "tests.sim.hunt plan" in screen.getvalue()


def test_a_soak_that_was_ended_early_names_the_seeds_it_ran_and_not_those_it_was_asked_for():
    total, found = soak.Sum(), dict.fromkeys(("kills", "lives", "children", "writes"), 1)
    for seed in (4003, 4001, 4002):
        soak._add(total, seed, "life", found | {"faults": (), "violations": []}, console=Console())
    assert soak._told(total, range(4001, 9001), 1.0)["seeds"] == (
        "4001 to 4003 (ended early: 3 of 5000)"
    )
    assert soak._told(total, range(4001, 4004), 1.0)["seeds"] == "4001 to 4003"
    assert soak._told(soak.Sum(), range(8), 1.0)["seeds"] == "none (ended early: 0 of 8)"


def test_a_soak_knows_every_kind_of_day_and_every_scene():
    plans: dict[str, Plan] = dict(soak.schedule(seed) for seed in range(8 * 14))
    assert {"plain", "life", "odd"} <= plans.keys()
    assert {f"kill {scene}" for scene in soak.SCENES} <= plans.keys()
