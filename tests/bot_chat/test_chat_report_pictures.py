"""What a report and wide positions are as pictures."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from bot.chat.report_pictures import (
    day_card,
    days_card,
    lag_histogram,
    slippage_scatter,
)
from bot.chat.wide_positions import heat_table
from engine.core.chat.sampled_days import sampled_days
from engine.core.values.market import AccountName, Product, Venue
from engine.core.values.position_views import AccountDrift, AccountPositions, DriftRow
from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_position
from tests.bot_chat.report_builders import PNG, TODAY, a_plain, a_report, a_sample


def test_the_day_card_draws_each_sample_of_its_own_venue_and_day():
    report = a_report(venue=Venue.PAPER)
    samples = [
        a_sample("father", 5, hour=10), a_sample("father", 7, hour=11),
        replace(a_sample("father", 99, hour=12), venue=Venue.LIVE),
        a_sample("father", 98, TODAY - timedelta(days=1)),
    ]  # fmt: skip
    card = day_card(report, samples)
    assert [rupees for _, rupees in card.followers[0].points] == [5, 7, -10]
    assert card.begin <= min(at for at, _ in card.followers[0].points)
    assert card.end >= max(at for at, _ in card.followers[0].points)
    assert (card.counts[0].copied, card.counts[1].skipped) == (2, 2)


def test_a_day_of_which_nothing_is_known_has_a_card_too():
    card = day_card(a_plain(), [])
    assert card.master is None
    assert card.begin < card.end


def test_the_card_of_days_adds_up_and_the_histogram_and_the_scatter_show_each_copy():
    days = sampled_days(
        [a_sample("father", 100, TODAY - timedelta(days=3)), a_sample("father", -30)], Venue.PAPER
    )
    card = days_card(days, days[-1])
    assert [rupees for _, rupees in card.followers[0].points] == [0, 100, 70]
    assert (card.heading.first_day, card.heading.last_day) == (TODAY - timedelta(days=3), TODAY)
    report = a_report()
    assert lag_histogram(report).followers[0].milliseconds == (140.0, 0.0)
    points = slippage_scatter(report).followers[0].points
    assert sum(point.cost for point in points) == report.followers[0].slippage == 20


def held_by(name: str, *symbols: str, **more) -> AccountPositions:
    rows = tuple(replace(a_position(symbol=symbol), **more) for symbol in symbols)
    return AccountPositions(account=AccountName(name), venue=Venue.LIVE, read_at=MORNING, rows=rows)


NINE = tuple(f"S{number}" for number in range(9))


def test_positions_are_a_picture_only_where_they_are_more_than_text_shows():
    few = [held_by("master", *NINE[:8]), held_by("ab1234", "S1")]
    assert heat_table(Venue.LIVE, few, (), now=MORNING) is None
    assert heat_table(Venue.LIVE, [held_by("master")], (), now=MORNING) is None
    many = [held_by("master", *NINE), held_by("ab1234", "S1")]
    found = heat_table(Venue.LIVE, many, (), now=MORNING)
    assert (found.followers, len(found.rows), found.at) == (("ab1234",), 9, MORNING)


def test_in_the_picture_what_is_astray_comes_first_then_the_largest_sums_and_closed_ones_are_left_out():
    rich = a_position(symbol="RICH", pnl=Decimal(-9_000))
    accounts = [
        replace(held_by("master", *NINE), rows=(*held_by("master", *NINE).rows, rich, a_position(symbol="GONE", net=0, copied=0))),
        held_by("ab1234", "S1"),
    ]  # fmt: skip
    astray = DriftRow(
        exchange="NSE", symbol="LOST", product=Product.MIS, wanted=40, copied=0, observed=0
    )
    drift = AccountDrift(
        account=AccountName("ab1234"), venue=Venue.LIVE, session=SessionState.OK, read_at=MORNING, rows=(astray,)
    )  # fmt: skip
    found = heat_table(Venue.LIVE, accounts, (drift,), now=MORNING)
    assert [row.symbol for row in found.rows[:2]] == ["LOST", "RICH"]
    assert [(cell.units, cell.drift) for cell in found.rows[0].cells] == [(0, 0), (0, 40)]
    assert "GONE" not in {row.symbol for row in found.rows}


async def test_wide_positions_come_as_a_picture_over_the_table():
    async with a_chat() as chat:
        chat.desk.held = (held_by("master", *NINE), held_by("ab1234", *NINE))

        async def draw(_picture):
            return PNG

        chat.bot.pictures.draw = draw
        await chat.say("/positions")
        assert "positions" in (await chat.next("sendPhoto")).fields["caption"]
        # Of one account it is text: with prices it would be no table of everybody.
        assert "ab1234" in (await chat.ask("/positions ab1234")).text
