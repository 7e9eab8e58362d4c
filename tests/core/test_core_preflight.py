"""What a start or /live is told before it happens: who is left out, and what is left alone."""

from datetime import datetime

import pytest

from bot.holidays import exchange_calendar
from engine.core.observe.taking_part import open_entries
from engine.core.risk.preflight import preflight
from engine.core.values import control as c
from engine.core.values.market import IST, MASTER, Exchange, Venue
from engine.core.values.rules import Sizing
from engine.core.values.views import CheckLevel
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


def told(world: World, venue: Venue | None = None) -> dict[CheckLevel, str]:
    """Return the texts of each level, joined."""
    lines = preflight(world.state, venue or world.state.venue, now=world.now)
    return {
        level: " | ".join(line.text for line in lines if line.level is level)
        for level in CheckLevel
    }


def a_stopped_world(*followers, venue=Venue.LIVE) -> World:
    return World(*followers, venue=venue, copying=False)


@pytest.mark.parametrize("venue", list(Venue))
def test_a_paused_or_switched_off_follower_is_named_and_the_others_may_start(venue):
    world = a_stopped_world(
        a_follower(), a_follower("mother"), a_follower("aunt", enabled=False), venue=venue
    )
    world.ask(c.PauseFollower(follower=MOTHER))
    found = told(world)
    assert "mother: paused, left out; /resume mother" in found[CheckLevel.WARN]
    assert "aunt: switched off in .env" in found[CheckLevel.WARN]
    assert not found[CheckLevel.FAIL]


@pytest.mark.parametrize("venue", list(Venue))
def test_a_start_for_nobody_is_refused_with_the_mend(venue):
    world = a_stopped_world(a_follower(), a_follower("aunt", enabled=False), venue=venue)
    world.ask(c.PauseFollower(follower=FATHER))
    assert told(world)[CheckLevel.FAIL] == "no follower takes entries: /resume father"
    nobody = a_stopped_world(a_follower(enabled=False), venue=venue)
    assert "ENABLED=true" in told(nobody)[CheckLevel.FAIL]


def test_arming_does_not_wait_for_a_resume_that_waits_for_arming():
    world = a_stopped_world()
    world.ask(c.PauseFollower(follower=FATHER))
    world.wait(21 * 3600, step=3600)
    assert "no follower takes entries" in told(world)[CheckLevel.WARN]
    assert "no follower takes entries" not in told(world)[CheckLevel.FAIL]


def test_what_the_master_holds_at_a_start_is_named_as_not_copied():
    world = a_stopped_world()
    world.master(done("M1", quantity=10), done("M2", "SELL", 5, symbol="INFY"))
    warned = told(world)[CheckLevel.WARN]
    assert "will NOT be copied: +10 SBIN, -5 INFY" in warned
    world.master(
        done("M3", quantity=75, exchange="NFO", symbol=FUTURE),
        done("M4", quantity=75, exchange="NFO", symbol="NIFTY26DEC26000CE"),
    )
    assert told(world)[CheckLevel.WARN].endswith(" and 1 more")


def test_what_was_copied_is_not_named_as_left_alone():
    world = World()
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    assert "NOT be copied" not in told(world)[CheckLevel.WARN]
    world.ask(c.StopCopy())
    assert "NOT be copied" not in told(world)[CheckLevel.WARN]


def test_only_working_unfilled_entries_may_be_copied_too():
    world = a_stopped_world()
    assert len(open_entries(world.state)) == 0
    world.master(
        an_order("M1", price="99", quantity=5),
        an_order("M2", price="99", quantity=5, filled_quantity=2, symbol="INFY"),
        done("M3", quantity=75, exchange="NFO", symbol=FUTURE),
    )
    assert len(open_entries(world.state)) == 1
    world.master(
        an_order("M4", "SELL", 75, price="99", exchange="NFO", symbol=FUTURE),
        an_order("M1", price="99", quantity=5, status="CANCELLED"),
    )
    assert len(open_entries(world.state)) == 0, (
        "an exit is no entry, a cancelled order does not work"
    )


@pytest.mark.parametrize("venue", list(Venue))
def test_a_follower_without_a_segment_he_is_set_to_copy_is_named_with_the_mend(venue):
    world = a_stopped_world(a_follower(), a_follower("mother"), venue=venue)
    world.sleep(1)
    world.log_in(FATHER, "NSE", "BSE", "MF")
    world.log_in(MOTHER, *Exchange)
    world.master()
    warned = told(world)[CheckLevel.WARN]
    assert (
        "father: NFO, BFO, MCX, CDS not enabled at the broker, entries there are skipped: enable "
        "in Kite, then /login father; or leave out of FOLLOWERS__FATHER__SEGMENTS" in warned
    )
    assert "mother" not in warned
    assert not told(world)[CheckLevel.FAIL]


def test_segments_that_nothing_is_copied_in_are_not_named():
    rules = {"segments": frozenset({Exchange.NSE, Exchange.NFO, Exchange.CDS})}
    world = a_stopped_world(a_follower(**rules, segment_multipliers={"NFO": 0}))
    world.sleep(1)
    world.log_in(MASTER, "NSE", "NFO", "MCX")
    world.log_in(FATHER, "NSE")
    world.master()
    # NFO is not copied, CDS the master cannot trade, BSE and MCX are not set.
    assert "not enabled" not in told(world)[CheckLevel.WARN]


@pytest.mark.parametrize(
    ("consent", "venue", "segments", "warned"),
    [
        ("", Venue.LIVE, Exchange, True),
        ("", Venue.PAPER, Exchange, False),
        ("", Venue.LIVE, [Exchange.NFO], False),
        ("consent", Venue.LIVE, Exchange, False),
        ("physical", Venue.LIVE, Exchange, False),
        (None, Venue.LIVE, Exchange, False),
    ],
)
def test_ddpi_that_is_not_signed_is_said_where_a_delivery_could_need_it(
    consent, venue, segments, warned
):
    world = a_stopped_world(a_follower(segments=frozenset(segments)), venue=venue)
    world.sleep(1)
    world.log_in(FATHER, consent=consent)
    world.master()
    line = "father: DDPI is not signed: a CNC exit needs TPIN in Kite each day"
    assert (line in told(world)[CheckLevel.WARN]) == warned


def test_a_follower_who_cannot_be_sized_yet_is_named_with_the_mend_and_may_start_all_the_same():
    world = a_stopped_world(
        a_follower(sizing=Sizing.EQUITY), a_follower("mother"), venue=Venue.PAPER
    )
    world.lose_session()
    world.funds(MASTER, 1_000_000)
    found = told(world)
    assert (
        "father: entries are skipped until it is known: the equity of father was not read yet; no session: "
        "/login father"
    ) in found[CheckLevel.WARN]
    assert "mother: entries" not in found[CheckLevel.WARN]
    assert not found[CheckLevel.FAIL]
    world.funds(FATHER, 0)  # known: whether it is enough is judged order by order
    assert "entries are skipped" not in told(world)[CheckLevel.WARN]


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-27 10:00", None),  # a Friday
        ("2026-11-27 16:00", None),  # commodities go on
        ("2026-11-27 23:56", "Mon 30 Nov 09:00"),
        ("2026-11-28 05:00", "Mon 30 Nov 09:00"),
        ("2026-11-28 12:00", "Mon 30 Nov 09:00"),  # a Saturday
        ("2026-11-30 05:30", "Mon 30 Nov 09:00"),  # logins end before that
        ("2026-11-30 07:45", None),
    ],
)
def test_a_start_that_ends_before_any_market_opens_says_when_to_start_again(at, opens):
    world = a_stopped_world()
    world.state.calendar = exchange_calendar(2026)
    now = datetime.fromisoformat(at).replace(tzinfo=IST)
    lines = preflight(world.state, Venue.PAPER, now=now)
    said = [line for line in lines if line.text.startswith("markets")]
    assert [line.level for line in said] == ([CheckLevel.WARN] if opens else [])
    assert all(opens in line.text for line in said)
