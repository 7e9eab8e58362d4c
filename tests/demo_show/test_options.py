"""Arguments of the demo: defaults, and one line for whatever is wrong."""

import pytest

from demo.show.options import Options, read_options
from demo.show.scenarios import SCENARIOS, beats_of_trading, scenes_of


def test_without_arguments_a_day_of_a_minute_is_played():
    assert read_options([]) == Options(headless=False, seconds=60, seed=1, scenario="day")


def test_all_arguments_are_read():
    argv = ["--headless", "--seconds", "15", "--seed", "7", "--scenario", "storm"]
    assert read_options(argv) == Options(headless=True, seconds=15, seed=7, scenario="storm")


@pytest.mark.parametrize(
    "argv", [["--scenario", "x"], ["--seconds", "0"], ["--seconds", "-5"], ["--seed", "x"], ["y"]]
)
def test_a_wrong_argument_ends_in_one_line_and_status_2(argv, capsys):
    with pytest.raises(SystemExit) as ended:
        read_options(argv)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_scenario_is_answered_with_the_list(capsys):
    with pytest.raises(SystemExit):
        read_options(["--scenario", "x"])
    said = capsys.readouterr().err
    assert all(name in said for name in SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_begins_with_the_opening_and_has_captions_that_fit(name):
    scenes = scenes_of(name)
    assert scenes[0].title == "Starting the program"
    assert beats_of_trading(name) > 5
    assert all(len(scene.caption) <= 98 for scene in scenes)
