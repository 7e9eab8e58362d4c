"""/positions of many is a picture; of few it is text, and so it is where no picture can be had."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from bot.chat.wide_positions import heat_table
from bot.pictures.renderer import PictureFailed
from bot.pictures.values import HeatCell, HeatTable
from engine.core.values.market import MASTER, AccountName, Product, Venue
from engine.core.values.position_views import AccountDrift, AccountPositions, DriftRow
from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_position
from tests.demo_chat.pngs import a_png

FIVE = ("master", "wife", "father", "huf", "office")


def positions(*names: str, symbols: int = 1, **changes: object) -> tuple[AccountPositions, ...]:
    rows = tuple(
        a_position(symbol=f"M&M{n}", net=75 + n, pnl=Decimal(n * 100)) for n in range(symbols)
    )
    whole = {"venue": Venue.LIVE, "read_at": MORNING, "rows": rows, **changes}
    return tuple(AccountPositions(account=AccountName(name), **whole) for name in names)


def drift(follower: str, symbol: str, *, wanted: int, observed: int | None) -> AccountDrift:
    row = DriftRow(
        exchange="NSE",
        symbol=symbol,
        product=Product.MIS,
        wanted=wanted,
        copied=75,
        observed=observed,
    )
    return AccountDrift(
        account=AccountName(follower),
        venue=Venue.LIVE,
        session=SessionState.OK,
        read_at=MORNING,
        rows=(row,),
    )


def made(accounts, drifts=()) -> HeatTable | None:
    return heat_table(Venue.LIVE, accounts, drifts, now=MORNING)


@pytest.mark.parametrize(
    ("accounts", "wide"),
    [
        (positions("master", "wife", "father", "huf", symbols=8), False),
        (positions("master", "wife", "father", "huf", symbols=9), True),
        (positions(*FIVE), True),
        (positions(*FIVE, rows=()), False),
        (positions(*FIVE, rows=(a_position(net=0, copied=0),)), False),
    ],
)
def test_many_rows_or_many_followers_are_wide(accounts, wide):
    assert (made(accounts) is not None) == wide


def test_each_cell_is_what_its_account_holds():
    master, wife, father, huf, office = positions(*FIVE)
    father = replace(father, rows=())
    huf = replace(huf, rows=(a_position(symbol="M&M0", net=None, pnl=None),))
    office = replace(office, rows=(), read_at=None)
    table = made((master, wife, father, huf, office))
    assert table is not None
    assert table.followers == ("wife", "father", "huf", "office")
    (row,) = table.rows
    assert (row.symbol, row.note) == ("M&M0", "NSE MIS")
    assert row.cells == (
        HeatCell(units=75, profit=Decimal(0)),
        HeatCell(units=75, profit=Decimal(0)),
        HeatCell(units=0),
        HeatCell(units=None),
        HeatCell(units=None),
    )
    on_paper = replace(office, venue=Venue.PAPER)
    table = made((master, wife, father, huf, on_paper))
    assert table is not None
    assert table.rows[0].cells[-1] == HeatCell(units=0)


def test_what_differs_stands_first_then_what_moves_most():
    accounts = positions(*FIVE, symbols=3)
    drifts = (
        drift("father", "M&M0", wanted=100, observed=90),
        drift("huf", "M&M0", wanted=50, observed=None),
    )
    table = made(accounts, drifts)
    assert table is not None
    assert [row.symbol for row in table.rows] == ["M&M0", "M&M2", "M&M1"]
    assert [cell.drift for cell in table.rows[0].cells] == [0, 0, 10, -25, 0]


def test_a_master_that_is_not_known_is_no_flat_one():
    table = made(tuple(one for one in positions(*FIVE, "trust") if one.account != MASTER))
    assert table is not None
    assert table.rows[0].cells[0].units is None


async def test_wide_positions_are_a_picture_with_words_and_a_refresh():
    async with a_chat() as chat:
        chat.desk.held = positions(*FIVE)
        asked = []

        async def draw(picture):
            asked.append(picture)
            return a_png()

        chat.bot.pictures.draw = draw
        await chat.say("/positions")
        call = await chat.next("sendPhoto")
        assert call.fields["photo"] == a_png()
        assert call.fields["caption"].startswith("PAPER · positions · 23 Nov\n1 instrument, read")
        assert call.buttons["Refresh"]["callback_data"] == "r|positions"
        assert isinstance(asked[0], HeatTable)
        # One account is text, however many there are.
        chat.desk.held = positions(*FIVE, "ab1234")
        assert "<b>ab1234</b>" in (await chat.ask("/positions ab1234")).text
        chat.desk.held = positions("master", "wife")
        assert "<b>wife</b>" in (await chat.ask("/positions")).text


async def test_wide_positions_without_a_picture_are_all_there_in_words():
    async with a_chat() as chat:
        chat.desk.held = positions(*FIVE)

        async def draw(picture):
            raise PictureFailed("no")

        chat.bot.pictures.draw = draw
        words = (await chat.ask("/positions")).text
        assert all(f"<b>{name}</b>" in words for name in FIVE)

        async def no_picture(picture):
            return a_png()

        chat.bot.pictures.draw = no_picture
        chat.server.force("sendPhoto", 400, times=2)
        words = (await chat.ask("/positions")).text
        assert all(f"<b>{name}</b>" in words for name in FIVE)
