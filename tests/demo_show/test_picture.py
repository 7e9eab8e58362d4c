"""The picture of a day shows what truly happened, read back from what is drawn."""

import subprocess
import sys
from datetime import timedelta

import pytest

from demo.days.acting import Moment
from demo.picture.chart import Missing, chart_of
from demo.picture.draw import draw
from demo.picture.saving import save_or_say_why_not
from demo.show.accounting import Accounting
from demo.stage import Plan, Stage

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def stage(tmp_path):
    """One right copy, one refused, one left away: father is poor, mother x2."""
    return Stage(
        Plan(
            folder=tmp_path / "stage", followers=3, poor=1, poor_funds=40_000,
            multipliers={"mother": 2},
        )
    )  # fmt: skip


def order(stage, who, side, quantity, symbol="RELIANCE", **more):
    return stage.exchange.place_from_app(
        stage.user_id(who), exchange="NSE", tradingsymbol=symbol, transaction_type=side,
        quantity=quantity, product="MIS", **more,
    )  # fmt: skip


def chart(stage, moments=()):
    return chart_of(
        stage.exchange, Accounting.on(stage).books(), moments,
        title="LIVE · a day", subtitle="x1, x2",
    )  # fmt: skip


def units(axes, who):
    """Return the positions that are drawn for an account, without the rest to the edge."""
    line = next(line for line in axes.lines if line.get_gid() == f"position:{who}")
    return [int(value) for value in line.get_ydata()][:-1]


def marks(axes):
    return sorted(
        line.get_gid() for line in axes.lines if line.get_gid().partition(":")[0] in set(Missing)
    )


def test_every_account_has_a_step_line_of_its_true_position(stage):
    for who, quantity in (("master", 10), ("father", 10), ("mother", 20), ("brother", 10)):
        order(stage, who, "BUY", quantity)
    order(stage, "master", "SELL", 4)
    order(stage, "mother", "SELL", 8)
    (axes,) = draw(chart(stage)).axes
    assert units(axes, "master") == [0, 10, 6]
    assert units(axes, "mother") == [0, 20, 12]
    assert units(axes, "brother") == [0, 10]
    assert {line.get_drawstyle() for line in axes.lines if "position" in line.get_gid()} == {
        "steps-post"
    }
    assert not marks(axes)


def test_what_was_refused_and_what_was_skipped_have_marks_of_their_own(stage):
    order(stage, "master", "BUY", 200)
    order(stage, "father", "BUY", 200)
    order(stage, "mother", "BUY", 400)
    (axes,) = draw(chart(stage)).axes
    assert marks(axes) == ["refused:father", "skipped:brother"]
    assert units(axes, "father") == [0]
    shapes = {line.get_gid(): line.get_marker() for line in axes.lines}
    assert shapes["refused:father"] != shapes["skipped:brother"]


def test_the_legend_explains_just_the_marks_that_are_there(stage):
    order(stage, "master", "BUY", 10)
    for who in ("father", "mother"):
        order(stage, who, "BUY", 10)
    (legend,) = draw(chart(stage)).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "master", "father", "mother", "brother", "not copied, the chat says why",
    ]  # fmt: skip


def test_an_exit_of_what_was_never_held_is_no_missing_copy(stage):
    order(stage, "master", "BUY", 10)
    for who in ("father", "mother", "brother"):
        order(stage, who, "BUY", 10)
        order(stage, who, "SELL", 10)
    order(stage, "master", "SELL", 10)
    assert chart(stage).panels[0].marks == ()


def test_marks_stand_clear_of_every_line(stage):
    order(stage, "master", "BUY", 200)
    order(stage, "mother", "BUY", 400)
    (axes,) = draw(chart(stage)).axes
    bottom, top = axes.get_ylim()
    highest = (max(units(axes, "mother")) - bottom) / (top - bottom)
    lowest_mark = min(line.get_ydata()[0] for line in axes.lines if line.get_gid() in marks(axes))
    assert lowest_mark - highest > 0.05


def test_positions_have_panels_in_their_order_and_taken_back_orders_have_none(stage):
    order(stage, "master", "BUY", 1, "SBIN")
    order(stage, "master", "BUY", 1, "INFY")
    tcs = stage.exchange.instruments["NSE", "TCS"]
    taken_back = order(stage, "master", "BUY", 1, "TCS", price=tcs.lower_circuit)
    stage.exchange.cancel_from_app("MA0001", taken_back)
    titles = [axes.get_title(loc="left") for axes in draw(chart(stage)).axes]
    assert titles == ["SBIN", "INFY"]


def test_moments_that_fall_together_have_one_number(stage):
    order(stage, "master", "BUY", 1)
    now = stage.exchange.now()
    moments = [
        Moment(now, "the socket breaks off"),
        Moment(now + timedelta(milliseconds=1), "new ones are refused"),
        Moment(now + timedelta(seconds=0.5), "/stop"),
    ]
    figure = draw(chart(stage, moments))
    numbers = [line.get_gid() for line in figure.axes[0].lines if "moment" in line.get_gid()]
    assert numbers == ["moment:1", "moment:2"]
    said = [text.get_text() for text in figure.texts]
    assert "1  the socket breaks off; new ones are refused" in said
    assert "2  /stop" in said


def test_the_mode_is_the_first_word(stage):
    order(stage, "master", "BUY", 1)
    assert draw(chart(stage)).texts[0].get_text().startswith("LIVE")


def test_the_time_axis_is_indian_time(stage):
    order(stage, "master", "BUY", 1)
    made = chart(stage)
    (axes,) = draw(made).axes
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels
    times = [made.begin + timedelta(seconds=float(x)) for x in axes.get_xticks()]
    assert labels == [f"{at:%H:%M:%S}" for at in times]
    assert made.begin.utcoffset() == timedelta(hours=5, minutes=30)


def test_the_file_is_a_png_and_the_line_says_where(stage, tmp_path):
    order(stage, "master", "BUY", 1)
    path = tmp_path / "day.png"
    said = save_or_say_why_not(chart(stage), path)
    assert said == f"picture of the day: {path}"
    assert path.read_bytes().startswith(PNG)


def test_a_place_that_cannot_be_written_is_one_line_and_no_failure(stage, tmp_path):
    order(stage, "master", "BUY", 1)
    said = save_or_say_why_not(chart(stage), tmp_path)
    assert said.startswith(f"no picture of the day: {tmp_path}: ")
    assert "--picture FILE" in said
    assert "\n" not in said


def test_without_matplotlib_there_is_no_picture_and_the_mend_is_said(stage, tmp_path, monkeypatch):
    order(stage, "master", "BUY", 1)
    monkeypatch.setattr("demo.picture.saving.importlib.util.find_spec", lambda _name: None)
    said = save_or_say_why_not(chart(stage), tmp_path / "day.png")
    assert "pip install 'kitecopytrader[demo]'" in said
    assert not (tmp_path / "day.png").exists()


def test_a_day_without_a_trade_has_no_picture(stage, tmp_path):
    assert chart(stage) is None
    assert "nothing was traded" in save_or_say_why_not(None, tmp_path / "day.png")


def test_the_show_starts_without_matplotlib():
    code = "import sys, demo.show.theatre; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
