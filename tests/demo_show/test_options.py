"""Arguments of the demo: defaults, and one line for whatever is wrong."""

import pytest

from demo.days.programme import NAMES
from demo.show.options import Options, read_options


def test_without_arguments_the_calm_day_of_a_minute_is_played():
    assert read_options([]) == Options(headless=False, seconds=60, seed=1, scenario="calm")


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
    assert all(name in said for name in NAMES)


@pytest.mark.parametrize("name", ["day.jpg", "nowhere/day.png"])
def test_a_picture_that_cannot_be_is_refused_before_the_show(name, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        read_options(["--picture", str(tmp_path / name)])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_picture_is_called_after_the_day():
    assert read_options(["--scenario", "stops"]).picture_file.name == "copytrader-demo-stops.png"
