"""The loss ladder: when each step begins, what it stops, and that it holds for the day."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.risk.gates import entry_epoch
from engine.core.risk.loss import loss_of, rupees, step_of
from engine.core.values import control as c
from engine.core.values.commands import Withheld, WithheldReason
from engine.core.values.events import Allowance
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.loss import LossStep
from engine.core.values.market import Side, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.rules import LossAction
from tests.core.core_world import FATHER, MOTHER, a_follower, an_order, done
from tests.core.loss_world import entered, holding

LADDER = (70, 85, 100)


@pytest.mark.parametrize(
    ("loss", "step"),
    [
        ("0", LossStep.NONE),
        ("699.99", LossStep.NONE),
        ("700", LossStep.WARNED),
        ("849.95", LossStep.WARNED),
        ("850", LossStep.NO_ENTRIES),
        ("999.95", LossStep.NO_ENTRIES),
        ("1000", LossStep.CLOSE_ONLY),
        ("5000", LossStep.CLOSE_ONLY),
    ],
)
def test_a_step_begins_at_exactly_its_per_cent(loss, step):
    assert step_of(Decimal(loss), limit=Decimal(1000), ladder=LADDER) is step


@pytest.mark.parametrize(
    ("profit", "high", "trailing", "loss"),
    [
        ("-300", "0", False, "300"),
        ("-300", "500", False, "300"),
        ("-300", "500", True, "800"),
        ("200", "500", True, "300"),
        ("200", "500", False, "0"),
        ("500", "500", True, "0"),
        ("-300", "0", True, "300"),
    ],
)
def test_the_loss_is_measured_from_zero_or_from_the_days_high(profit, high, trailing, loss):
    assert loss_of(Decimal(profit), high=Decimal(high), trailing=trailing) == Decimal(loss)


amounts = st.integers(0, 10**7).map(Decimal)


@given(
    amounts, amounts, amounts.filter(bool), st.lists(st.integers(1, 100), min_size=3, max_size=3)
)
def test_a_larger_loss_is_never_a_lesser_step(one, other, limit, shares):
    ladder = tuple(sorted(shares))
    less, more = sorted((one, other))
    assert step_of(less, limit=limit, ladder=ladder) <= step_of(more, limit=limit, ladder=ladder)
    assert step_of(limit, limit=limit, ladder=ladder) is LossStep.CLOSE_ONLY


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "₹0"), ("999.6", "₹1,000"), ("1234567", "₹12,34,567"), ("-8500", "-₹8,500")],
)
def test_rupees_are_written_as_traders_read_them(amount, text):
    assert rupees(Decimal(amount)) == text


# -- the steps -----------------------------------------------------------------------------------


def test_at_seventy_per_cent_people_are_warned_once_and_entries_go_on():
    world = holding()
    world.wait(3, SBIN="93.05")
    assert not world.alerts("lost today")
    world.wait(5, SBIN="93.00")
    (told,) = world.alerts("lost today")
    assert told.severity is Severity.WARNING
    assert "₹700 lost today, 70 % of MAX_DAILY_LOSS ₹1,000" in told.text
    assert "Entries go on until ₹850" in told.text
    assert entered(world)


@pytest.mark.parametrize(("price", "enters"), [("91.51", True), ("91.50", False)])
def test_from_eighty_five_per_cent_no_entry_leaves_and_the_reason_says_what_would_pass(
    price, enters
):
    world = holding()
    world.wait(3, SBIN=price)
    assert entered(world) is enters
    if not enters:
        skip = world.part("M2", "INFY").skips[Leg.ENTRY]
        assert skip.reason is SkipReason.LOSS_LIMIT
        assert skip.detail == (
            "₹850 lost of ₹1,000 (MAX_DAILY_LOSS); entries pass below ₹850, and on the next "
            "trading day"
        )


@pytest.mark.parametrize("price", ["91.50", "90", "50"])
@pytest.mark.parametrize("part", [40, 100])
def test_no_step_ever_holds_up_an_exit(price, part):
    world = holding()
    world.wait(3, SBIN=price)
    world.obliging = False
    world.master(done("X1", "SELL", quantity=part))
    exit_ = world.place()
    assert (exit_.side, exit_.quantity) == (Side.SELL, part)


def test_what_was_latched_stays_though_prices_recover_and_the_program_restarts():
    world = holding()
    world.wait(3, SBIN="91")
    world.wait(3, SBIN="120")
    assert not entered(world)
    world.restart()
    world.wait(3, SBIN="120")
    world.read()
    assert not entered(world, "M3")
    assert world.skip_of("M3", symbol="INFY") is SkipReason.LOSS_LIMIT
    # Each step is told once, also over the restart.
    assert len(world.alerts("lost today")) == 1


def test_neither_resume_nor_a_larger_limit_lifts_it_today():
    world = holding()
    world.wait(3, SBIN="91")
    world.ask(c.ResumeFollower(follower=FATHER))
    world.restart(rules=[a_follower(max_daily_loss=Decimal(50_000))])
    world.wait(2, SBIN="91")
    world.read()
    assert not entered(world)


def test_the_next_trading_day_begins_at_zero():
    world = holding()
    world.wait(3, SBIN="80")
    world.obliging = False
    world.sleep(20 * 3600)
    world.wait(1)
    assert not world.state.losses
    world.check_journal()


def test_at_no_entries_a_resting_entry_stays_and_follows_only_cuts():
    world = holding()
    world.obliging = False
    world.master(an_order("L1", symbol="INFY", quantity=50, price="90"))
    resting = world.ack()
    world.wait(3, SBIN="91")
    assert not world.pending
    assert "1 entry order still rests" in world.alerts("85 %")[0].text
    world.master(an_order("L1", symbol="INFY", quantity=50, price="95"))
    assert not world.pending
    world.master(an_order("L1", symbol="INFY", quantity=20, price="95"))
    assert world.modified().quantity == 20
    assert world.row(resting).quantity == 20


def test_close_only_withdraws_resting_entries_and_they_do_not_come_back():
    world = holding()
    world.obliging = False
    world.master(an_order("L1", symbol="INFY", quantity=50, price="90"))
    world.ack()
    world.wait(3, SBIN="90")
    assert "1 resting entry order is being cancelled" in world.alerts("100 %")[0].text
    world.cancelled()
    world.wait(5, SBIN="120")
    world.master(an_order("L1", symbol="INFY", quantity=60, price="95"))
    assert not world.pending
    assert world.skip_of("L1", symbol="INFY") is SkipReason.LOSS_LIMIT
    assert world.held() == 100


def test_steps_that_are_passed_at_once_are_told_as_the_last_of_them():
    world = holding()
    world.wait(3, SBIN="50")
    (told,) = world.alerts("lost today")
    assert told.severity is Severity.CRITICAL
    assert "Close-only" in told.text
    assert "Exits follow the master as ever." in told.text


def test_another_ladder_is_followed():
    world = holding(loss_ladder=(10, 20, 30))
    world.wait(3, SBIN="98")
    assert not entered(world)
    assert "20 % of MAX_DAILY_LOSS" in world.alerts("lost today")[0].text


def test_without_a_limit_nothing_is_looked_at():
    world = holding(a_follower())
    world.wait(3, SBIN="1")
    assert world.state.loss_looked_at is None
    assert entered(world)


def test_realised_losses_count_too():
    world = holding()
    world.obliging = False
    world.master(done("X1", "SELL", quantity=100, price=91))
    exit_ = world.ack()
    world.fill(exit_, price=91)
    world.wait(2, SBIN=150)
    assert not entered(world)


# -- trailing, all together ------------------------------------------------------------------------


def test_a_trailing_loss_is_measured_from_the_days_high_over_a_restart():
    world = holding(loss_trailing=True)
    world.wait(2, SBIN=120)
    world.restart()
    world.read()
    world.wait(2, SBIN="111.55")
    assert entered(world)
    world.wait(2, SBIN="111.49")
    assert not entered(world, "M3")
    assert "lost today from the day's high" in world.alerts("85 %")[0].text


def test_all_followers_together_are_stopped_by_the_total_limit():
    world = holding(a_follower("father"), a_follower("mother"))
    world.state.total_loss_limit = Decimal(2000)
    world.wait(3, SBIN="91.55")
    assert entered(world)
    world.wait(3, SBIN="91.50")
    (told,) = world.alerts("85 %")
    assert told.text.startswith("all followers together: ₹1,700 lost today")
    assert not entered(world, "M3", "SBIN")
    for name in (FATHER, MOTHER):
        assert world.skip_of("M3", name=name) is SkipReason.LOSS_LIMIT
        assert entry_epoch(world.state, Venue.LIVE, name) is None


def test_the_last_step_of_the_total_closes_for_those_who_chose_it():
    world = holding(a_follower("father", loss_action=LossAction.FLATTEN), a_follower("mother"))
    world.state.total_loss_limit = Decimal(2000)
    world.wait(3, SBIN="90")
    assert "(LOSS_ACTION=flatten): father." in world.alerts("100 %")[0].text
    assert (world.held(), world.held(name=MOTHER)) == (0, 100)


def test_one_followers_loss_stops_nobody_else():
    world = holding(a_follower("father", max_daily_loss=Decimal(1000)), a_follower("mother"))
    world.wait(3, SBIN="80")
    world.master(done("M2", symbol="INFY"))
    assert not world.children("M2", Leg.ENTRY)
    assert world.children("M2", Leg.ENTRY, MOTHER)


# -- the last gate -------------------------------------------------------------------------------


def test_an_entry_that_was_decided_before_the_step_does_not_leave_after_it():
    world = holding()
    assert entry_epoch(world.state, Venue.LIVE, FATHER) == world.state.mode_epoch
    world.wait(3, SBIN="91")
    assert entry_epoch(world.state, Venue.LIVE, FATHER) is None
    assert entry_epoch(world.state, Venue.PAPER, FATHER) == world.state.mode_epoch


def test_a_planned_entry_that_waits_for_budget_is_dropped_by_the_step():
    world = holding()
    world.allowances = {FATHER: Allowance(entries=0, total=10)}
    world.master(done("M2", symbol="INFY"))
    (child,) = world.children("M2", Leg.ENTRY)
    world.wait(3, SBIN="91")
    world.allowances = {}
    world.wait(2, SBIN="91")
    assert child.state is IntentState.KILLED
    assert child.sent_at is None


def test_an_entry_held_back_at_the_last_gate_says_why():
    world = holding()
    world.obliging = False
    world.master(done("M2", symbol="INFY"))
    command = world.place()
    world.wait(3, SBIN="91")
    world.answer(command, Withheld(reason=WithheldReason.PAUSED))
    (child,) = world.children("M2", Leg.ENTRY)
    assert child.reason == SkipReason.LOSS_LIMIT.value
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(done("M3", symbol="INFY"))
    assert world.skip_of("M3", symbol="INFY") is SkipReason.PAUSED
