"""What the live screen shows fits and says what is true."""

import io
from datetime import date

import pytest
from rich.console import Console

from demo.days.programme import NAMES, make_day
from demo.exchange.catalogue import catalogue
from demo.show.accounting import Accounting
from demo.show.boards import order_board, position_board
from demo.show.director import Progress
from demo.show.full_screen import FullScreen
from demo.show.verdict import rich_verdict
from demo.stage import Plan, Stage


@pytest.fixture
def stage(tmp_path):
    plan = Plan(folder=tmp_path, followers=3, poor=1, multipliers={"mother": 2})
    return Stage(plan)


def order(stage, who, quantity, symbol="RELIANCE", **more):
    return stage.exchange.place_from_app(
        stage.user_id(who), exchange="NSE", tradingsymbol=symbol, transaction_type="BUY",
        quantity=quantity, product="MIS", **more,
    )  # fmt: skip


def truth(stage):
    accounting = Accounting.on(stage)
    return accounting.master_orders(), accounting.books()


def drawn(board, width):
    console = Console(file=io.StringIO(), width=width, legacy_windows=False)
    console.print(board)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [55, 60, 74, 100])
def test_both_boards_have_exactly_the_size_they_are_given(stage, width):
    for number in range(12):
        order(stage, "master", 10 + number, price="1500")
    for board in (order_board, position_board):
        lines = drawn(board(*truth(stage), width=width, height=9), width)
        assert len(lines) == 9
        assert {len(line) for line in lines} == {width}


def test_the_newest_orders_stay_in_sight(stage):
    for number in range(12):
        order(stage, "master", 100 + number, price="1500")
    text = "\n".join(drawn(order_board(*truth(stage), width=74, height=9), 74))
    assert "  111 " in text
    assert "  100 " not in text


def test_an_order_of_the_master_and_its_copies_stand_in_one_row(stage):
    order(stage, "master", 10)
    order(stage, "father", 10)
    order(stage, "mother", 20, price="1500")
    row = next(
        line
        for line in drawn(order_board(*truth(stage), width=74, height=9), 74)
        if "RELIANCE" in line
    )
    assert [word for word in row.split() if word.isdigit()] == ["10", "10", "20"]
    assert "market" in row


def test_a_refused_copy_says_so(stage):
    order(stage, "master", 1000)
    order(stage, "father", 1000)
    text = "\n".join(drawn(order_board(*truth(stage), width=74, height=9), 74))
    assert "refused" in text


def test_a_tick_stands_only_by_a_book_that_is_right(stage):
    order(stage, "master", 10)
    order(stage, "father", 10)
    row = drawn(position_board(*truth(stage), width=74, height=6), 74)[1]
    assert row.count("✓") == 1
    assert "+10✓" in row


def test_the_last_table_in_colour_names_the_book_that_is_wrong(stage):
    order(stage, "master", 10)
    for name, quantity in (("father", 10), ("mother", 20), ("brother", 11)):
        order(stage, name, quantity)
    text = "\n".join(drawn(rich_verdict(truth(stage)[1], master_orders=1), 110))
    assert text.count("✔ yes") == 2
    assert "✘ A BOOK IS NOT AS IT SHOULD BE." in text
    assert "brother: RELIANCE MIS: bought 11 sold 0, should be bought 10 sold 0" in text


SMALL = 55  # what a terminal of 100 columns leaves beside the phone


def test_every_name_is_whole_beside_the_phone(stage):
    order(stage, "master", 10)
    head = drawn(order_board(*truth(stage), width=SMALL, height=9), SMALL)[1]
    assert head.strip("│ ").split() == ["master", "father", "mother", "brother"]


def test_filled_and_working_differ_without_colour(stage):
    order(stage, "master", 10)
    order(stage, "master", 10, "SBIN", price="900")
    tcs = stage.exchange.instruments["NSE", "TCS"]
    taken_back = order(stage, "master", 10, "TCS", price=str(tcs.lower_circuit))
    stage.exchange.cancel_from_app(stage.user_id("master"), taken_back)
    lines = drawn(order_board(*truth(stage), width=100, height=9), 100)
    filled, working, cancelled = (
        next(line for line in lines if symbol in line) for symbol in ("RELIANCE", "SBIN", "TCS")
    )
    assert ("━" in filled, "╌" in filled) == (True, False)
    assert ("━" in working, "╌" in working) == (False, True)
    assert ("━" in cancelled, "╌" in cancelled) == (False, False)
    assert "✗" in cancelled
    assert "━ filled  ╌ working  ✗ cancelled" in lines[-1]


def test_an_option_keeps_its_month_where_there_is_room(stage):
    rows = stage.exchange.instruments
    monthly = min(
        (row for row in rows if row.exchange == "NFO" and row.instrument_type == "CE"
         and row.tradingsymbol.startswith("NIFTY") and row.tradingsymbol[7:10].isalpha()),
        key=lambda row: abs(row.strike - 26_000),
    )  # fmt: skip
    stage.exchange.place_from_app(
        stage.user_id("master"), exchange="NFO", tradingsymbol=monthly.tradingsymbol,
        transaction_type="BUY", quantity=monthly.lot_size, product="NRML",
    )  # fmt: skip
    for board in (order_board, position_board):
        wide = "\n".join(drawn(board(*truth(stage), width=72, height=9), 72))
        small = "\n".join(drawn(board(*truth(stage), width=SMALL, height=9), SMALL))
        assert monthly.tradingsymbol in wide
        assert monthly.tradingsymbol not in small
        assert f"NIFTY{monthly.strike}CE" in small


def test_where_room_is_short_the_newest_open_positions_stay_and_the_others_are_counted(stage):
    for symbol in ("SBIN", "INFY", "TCS", "RELIANCE"):
        order(stage, "master", 10, symbol)
    stage.exchange.place_from_app(
        stage.user_id("master"), exchange="NSE", tradingsymbol="RELIANCE", transaction_type="SELL",
        quantity=10, product="MIS",
    )  # fmt: skip
    lines = drawn(position_board(*truth(stage), width=74, height=5), 74)
    assert [line.split()[1] for line in lines[1:3]] == ["INFY", "TCS"]
    assert "Net positions (2 more)" in lines[0]


def test_a_stop_shows_its_trigger(stage):
    order(stage, "master", 10, order_type="SL", price="1550", trigger_price="1545.50")
    text = "\n".join(drawn(order_board(*truth(stage), width=74, height=9), 74))
    assert "SL 1545.5 " in text


@pytest.mark.parametrize("width", [60, 80, 98, 120])
def test_what_a_scene_shows_is_read_whole_and_moves_nothing(width):
    for name in NAMES:
        for scene in make_day(name, catalogue(date(2026, 11, 24)), seed=1).scenes:
            screen = drawn_footer(scene, width)
            assert scene.caption in " ".join(line.strip() for line in screen)
            assert "Ctrl-C ends" in screen[-1]


def drawn_footer(scene, width):
    console = Console(file=io.StringIO(), width=width, height=24, legacy_windows=False)
    screen = FullScreen(console)
    screen.scene_began(Progress(title=scene.title, caption=scene.caption))
    console.print(screen._picture(), height=24)
    return console.file.getvalue().splitlines()[-24:]
