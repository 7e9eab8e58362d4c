"""What the daily rhythm tells: each once, whatever the restarts, and nothing that has nothing to tell."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from bot.chat.render import alert
from bot.holidays import exchange_calendar
from engine.core.decide import trading_day_of
from engine.core.values.events import Ticked
from engine.core.values.market import IST, MASTER, Product
from engine.core.values.notices import Severity
from engine.core.values.routines import Reported
from tests.core.core_world import FATHER, World, a_follower, done

NSE = exchange_calendar(2026)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{moment}").replace(tzinfo=IST)


def is_routine(told: str) -> bool:
    return told.startswith("report:") or "/start_copy" in told or "Copying goes on" in told


class RealDays(World):
    """A world whose exchanges have hours and holidays."""

    def _configure(self, state) -> None:
        super()._configure(state)
        state.calendar = NSE

    def tick(self, moment: str) -> list[str]:
        """Let it be this time; return what was told."""
        self.now = at(moment)
        before = len(self.notices)
        self.offer(Ticked(at=self.now, trading_day=trading_day_of(self.now)))
        told = [f"{n.topic}|{n.text}" for n in self.notices[before:]]
        return [each for each in told if is_routine(each)]


def a_world(moment: str = "18 08:30", **more) -> RealDays:
    return RealDays(at=at(moment), copying=False, **more)


def reports(told: list[str]) -> list[str]:
    return [each.split("|")[0] for each in told if each.startswith("report:")]


def test_a_day_has_its_preflight_and_its_report_each_once():
    world = a_world()
    assert world.tick("18 08:59:50") == []
    (card,) = world.tick("18 09:00")
    assert card.startswith("engine|Wed 18 Nov, trading begins 09:15.")
    for moment in ("18 09:00:06", "18 12:00", "18 15:35", "18 15:39:50"):
        assert world.tick(moment) == []
    assert reports(world.tick("18 15:40")) == ["report:day:2026-11-18"]
    assert world.tick("18 15:40:10") == []
    world.check_journal()


@pytest.mark.parametrize(
    "down",
    [("18 15:39:58", "18 15:40:02"), ("18 15:40:01", "18 15:40:03"), ("18 15:30", "18 15:41")],
)
def test_a_restart_around_the_report_neither_repeats_nor_loses_it(down):
    ends, begins = down
    world = a_world()
    told = world.tick("18 09:00") and world.tick(ends)
    world.now = at(begins)
    world.restart()
    told += world.tick(begins.split(" ")[0] + " 15:41:30") + world.tick("18 15:50")
    assert reports(told) == ["report:day:2026-11-18"]
    assert not any("Late" in each for each in told)


def test_a_report_that_was_missed_is_told_late_and_says_so():
    world = a_world()
    world.tick("18 09:00")
    world.now = at("19 08:00")
    world.restart()
    (told,) = [each for each in world.tick("19 08:00:01") if each.startswith("report:")]
    assert "Late, it was due Wed 18 Nov 15:40" in told
    assert "/report 2026-11-18" in told


def test_a_holiday_and_a_weekend_are_quiet():
    world = a_world("23 16:00")
    world.tick("23 16:00:10")
    # Gurpurab on Tuesday the 24th: nothing but the evening of commodities, in which nothing was traded.
    for moment in ("24 09:00", "24 15:40", "24 23:56"):
        assert world.tick(moment) == []
    world = a_world("21 06:30")
    for moment in ("21 09:00", "21 15:40", "22 09:00", "22 15:45"):
        assert world.tick(moment) == []


def test_commodities_have_their_own_report_on_days_with_orders_in_them_alone():
    world = a_world()
    world.tick("18 15:40")
    assert reports(world.tick("18 23:55")) == []
    world.now = at("19 09:00")
    world.tick("19 09:00")
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.master(
        done("M1", exchange="MCX", symbol="CRUDEOIL26DECFUT", product=Product.NRML, quantity=1)
    )
    assert reports(world.tick("19 15:40")) == ["report:day:2026-11-19"]
    assert reports(world.tick("19 23:55")) == ["report:evening:2026-11-19"]


def test_a_commodity_report_that_was_missed_comes_after_the_day_has_turned():
    world = a_world()
    world.master(
        done("M1", exchange="MCX", symbol="CRUDEOIL26DECFUT", product=Product.NRML, quantity=1)
    )
    world.tick("18 15:40")
    world.now = at("19 07:00")
    world.restart()
    assert reports(world.tick("19 07:00:01")) == ["report:evening:2026-11-18"]


def test_the_week_is_summed_up_after_its_last_day():
    world = a_world("20 08:30")
    told = [
        each
        for moment in ("20 09:00", "20 15:40", "20 15:45", "20 15:46")
        for each in world.tick(moment)
    ]
    assert reports(told) == ["report:day:2026-11-20", "report:week:2026-11-20"]


def test_the_preflight_card_names_who_is_out_what_is_held_and_what_is_limited():
    world = RealDays(
        a_follower(max_daily_loss=Decimal(5000)),
        a_follower("mother"),
        at=at("17 10:00"),
        copying=True,
    )
    world.master(done("M1", quantity=10, product=Product.CNC))
    while world.pending:
        world.ack_and_fill()
    world.tick("18 08:30")
    for name in (MASTER, FATHER):
        world.log_in(name)
    world.tick("18 09:00")
    card = world.notices[-1]
    assert "\t-- mother: no session, left out; /login mother" in card.text.split("\n")
    assert "\tfather holds SBIN +10" in card.text
    assert "\tfather limits: daily loss 5,000" in card.text
    assert "\tmother limits: none set" in card.text
    message = alert(card)
    rows = message.html.split("<pre>")[1].split("</pre>")[0].split("\n")
    assert max(map(len, rows)) <= 34
    assert message.html.startswith("LIVE")


def test_a_preflight_that_forbids_a_start_comes_with_sound():
    world = a_world()
    world.lose_session(MASTER)
    world.tick("18 09:00")
    card = world.notices[-1]
    assert card.severity is Severity.WARNING
    assert "!!" in card.text


@pytest.mark.parametrize("day", ["2026-11-18", "2026-11-20"])
def test_a_topic_tells_which_days_are_reported(day):
    last = datetime.fromisoformat(day).date()
    monday = last - timedelta(days=last.weekday())
    for about in (
        Reported(first=last, last=last),
        Reported(first=last, last=last, evening=True),
        Reported(first=monday, last=last),
    ):
        assert Reported.of(about.topic) == about
    for other in ("copy:live:1", "report:", "report:day", "report:day:soon", "engine"):
        assert Reported.of(other) is None
