"""The benchmark runs to the end: real program, real broker process, real baselines."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.options import read_options

#: Frame to last of 50 orders on the wire, the program over bare sockets in the same run, less what
#: either waited for a processor (so that a busy machine does not matter). Source: 6.4 to 7.4 in eight
#: runs on 2026-11-28 on two cores, four of them beside three processes that never rest; doubled. To be
#: lowered whenever the path gets shorter.
MOST_TIMES_FLOOR = 14.0

_LEAST = {
    "format",
    "began_at",
    "seconds",
    "options",
    "machine",
    "broker",
    "program",
    "growth",
    "rows",
}


@dataclass(frozen=True)
class QuickRun:
    """A run of the benchmark: its files, what it printed, and what it found."""

    folder: Path
    done: subprocess.CompletedProcess[str]
    result: dict[str, Any]


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory) -> QuickRun:
    folder = tmp_path_factory.mktemp("bench")
    path = folder / "result.json"
    # Every round checks that each follower's order came exactly once with the right fields.
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--followers", "50", "--rounds", "2",
         "--delay-ms", "20", "--against", "floor_commit,aiohttp_aiosqlite,kite_threads", "--json", str(path)],
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    return QuickRun(folder, done, json.loads(path.read_text()))


def test_a_quick_run_measures_every_client_in_every_cell_and_says_so_in_a_table(quick_run):
    done, result = quick_run.done, quick_run.result

    assert done.stderr == ""
    assert result.keys() >= _LEAST
    assert result["program"].keys() == {"50"}
    for standing in result["program"].values():
        # Of the program's own process: some ten microseconds at least, and less than a round.
        assert all(10 < us < 1_000_000 for us in standing["decide_us"].values())
        assert standing["decide_us"].keys() == {"entry", "exit"}
    assert [row["followers"] for row in result["rows"]] == [50]
    for row in result["rows"]:
        assert row["clients"].keys() == {
            "program", "floor", "floor_commit", "aiohttp_aiosqlite", "kite_threads",
        }  # fmt: skip
        for figure in row["clients"].values():
            assert len(figure["last_ms"]) == 2
            assert 0 < figure["first_ms"] <= figure["median_ms"] < 20_000
        ours, floor = row["clients"]["program"], row["clients"]["floor"]
        assert row["times_floor"] == ours["median_ms"] / floor["median_ms"]
    with Image.open(quick_run.folder / "result.png") as picture:
        assert picture.size == (1200, 800)
    table = done.stdout
    assert "Stream frame to last order on the wire" in table
    assert "QUICK: neither warm nor rested" in table
    assert "\x1b" not in table
    assert max(map(len, table.replace(str(quick_run.folder), "").splitlines())) <= 100


def test_the_program_is_not_much_further_from_the_floor_than_it_was(quick_run):
    times = quick_run.result["program"]["50"]["times_floor"]

    assert times < MOST_TIMES_FLOOR, (
        f"frame to last of 50 orders takes {times:.1f} times what bare sockets take in the same run:"
        " see where the time goes with python -m bench --profile 50"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--followers", "0"], "'0' is no whole number from 1 to 1000"),
        (["--delay-ms", "20,x"], "'x' is no number of milliseconds from 0 to 5000"),
        (["--against", "nobody"], "'nobody' is no baseline: floor_commit, "),
        (["--json", "none/x.json"], "there is no folder none; make it first"),
    ],
)
def test_wrong_options_are_refused_in_one_line_that_says_what_is_possible(capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        read_options(arguments)

    assert ended.value.code == 2
    assert words in capsys.readouterr().err.splitlines()[-1]


def test_an_odd_number_of_rounds_is_rounded_up_because_every_entry_needs_its_exit():
    assert read_options(["--rounds", "3"]).rounds == 4
