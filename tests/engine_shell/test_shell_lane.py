"""The last gate before a write leaves: entries may be held back there, nothing else ever is."""

from datetime import datetime, timedelta

import pytest

from engine.budget import SECOND, RateBudget
from engine.core.values.commands import Acked, Priority, Withheld, WithheldReason
from engine.core.values.events import Allowance, Answered
from engine.core.values.market import OrderId, Venue
from engine.lanes import ANSWER_TIMEOUT_S, Allowances, Lane
from engine.moment import Lookout
from tests.core.core_world import FATHER, MOTHER
from tests.engine_shell.shell_world import (
    MORNING,
    Gateway,
    ManualClock,
    Switch,
    a_cancel,
    a_change,
    a_place,
)


class LaneUnderTest:
    def __init__(self, *, budget: RateBudget | None = None) -> None:
        self.clock = ManualClock()
        self.kill = Switch()
        self.epoch: int | None = 1
        self.gateway = Gateway()
        self.answers: list[Answered] = []
        self.lane = Lane(
            self.gateway,
            clock=self.clock,
            lookout=Lookout(self.clock, self.kill),
            epoch=lambda: self.epoch,
            answered=self.answers.append,
            budget=budget,
        )

    def outcomes(self) -> list[object]:
        return [answer.outcome for answer in self.answers]


def killed(under: LaneUnderTest) -> None:
    under.kill.active = True


def stopped(under: LaneUnderTest) -> None:
    under.epoch = 2


def paused(under: LaneUnderTest) -> None:
    under.epoch = None


def late(under: LaneUnderTest) -> None:
    under.clock.set(MORNING + timedelta(seconds=10, microseconds=1))


async def test_an_entry_leaves_and_its_answer_names_it():
    under = LaneUnderTest()
    under.lane.send(a_place())
    ((command, answer),) = under.gateway.waiting
    assert command == a_place()
    assert under.answers == []
    answer(Acked(order_id=OrderId("B1")))
    assert under.answers == [
        Answered(
            tag=command.tag,
            intent_id=command.intent_id,
            cancel=False,
            outcome=Acked(order_id=OrderId("B1")),
            at=MORNING,
        )
    ]


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        (killed, WithheldReason.KILLED),
        (stopped, WithheldReason.KILLED),
        (paused, WithheldReason.PAUSED),
        (late, WithheldReason.EXPIRED),
    ],
)
async def test_an_entry_is_held_back_at_the_last_moment_and_no_byte_leaves(happened, reason):
    under = LaneUnderTest(budget=RateBudget())
    happened(under)
    under.lane.send(a_place())
    assert under.gateway.sent == []
    assert under.outcomes() == [Withheld(reason=reason)]
    allowance = under.lane.allowance()
    assert allowance is not None
    assert allowance.total == 8, "what did not leave costs no budget"


@pytest.mark.parametrize(
    ("happened", "reason"),
    [
        (killed, WithheldReason.KILLED),
        (stopped, WithheldReason.KILLED),
        (paused, WithheldReason.PAUSED),
    ],
)
async def test_an_entry_that_grows_or_is_re_priced_is_held_back_like_a_new_one(happened, reason):
    """More units or another price is an entry; what only takes units off it is not."""
    under = LaneUnderTest()
    happened(under)
    under.lane.send(a_change(enters=True))
    assert under.gateway.sent == []
    (answer,) = under.answers
    assert (answer.outcome, answer.modify) == (Withheld(reason=reason), True)
    under.lane.send(a_change(enters=False))
    assert under.gateway.sent == [a_change(enters=False)]


@pytest.mark.parametrize("happened", [killed, stopped, paused, late])
async def test_exits_and_cancels_are_never_held_back(happened):
    under = LaneUnderTest()
    happened(under)
    under.lane.send(a_place(priority=Priority.EXIT))
    under.lane.send(a_cancel())
    assert len(under.gateway.sent) == 2
    assert under.answers == []


async def test_an_entry_leaves_up_to_its_deadline_to_the_microsecond():
    under = LaneUnderTest()
    under.clock.set(MORNING + timedelta(seconds=10))
    under.lane.send(a_place())
    assert len(under.gateway.sent) == 1


async def test_the_answer_of_a_cancel_names_the_child_it_is_about():
    under = LaneUnderTest()
    tag = "KCK7AAAABBBBCCCCDDDD"
    under.lane.send(a_cancel(f"{tag}x3"))
    under.gateway.waiting[0][1](Acked(order_id=OrderId("B1")))
    (answer,) = under.answers
    assert (answer.cancel, answer.tag, answer.intent_id) == (True, tag, f"{tag}x3")


async def test_every_write_that_left_counts_in_the_budget():
    under = LaneUnderTest(budget=RateBudget())
    for number in range(6):
        under.lane.send(a_place(f"KCK7{number}"))
    allowance = under.lane.allowance()
    assert allowance is not None
    assert (allowance.entries, allowance.total) == (0, 2), "two are kept for exits and cancels"
    await under.clock.pass_time(1.0)
    after = under.lane.allowance()
    assert after is not None
    assert (after.entries, after.total) == (6, 8)


async def test_paper_has_no_limits_and_closing_closes_the_gateway():
    under = LaneUnderTest()
    assert under.lane.allowance() is None
    await under.lane.close()
    assert under.gateway.diary == ["closed"]
    assert ANSWER_TIMEOUT_S == 7.0


def test_the_allowances_of_a_drain_shrink_by_what_it_decides_and_ask_no_lane_twice_or_for_nothing():
    class Counting(RateBudget):
        asked = 0

        def allowance(self, moment, monotonic):
            self.asked += 1
            return super().allowance(moment, monotonic)

    budgets = {FATHER: Counting(), MOTHER: Counting()}
    lanes = {
        (Venue.LIVE, name): LaneUnderTest(budget=budget).lane for name, budget in budgets.items()
    }
    lanes |= {(Venue.PAPER, name): LaneUnderTest().lane for name in budgets}
    allowances = Allowances(lanes)
    assert allowances[FATHER] == Allowance(entries=SECOND.entries, total=SECOND.total)
    allowances.use([a_place(), a_place(venue=Venue.PAPER), a_cancel()])
    assert allowances[FATHER] == Allowance(entries=SECOND.entries - 2, total=SECOND.total - 2)
    assert {name: budget.asked for name, budget in budgets.items()} == {FATHER: 1, MOTHER: 0}
    assert set(allowances) == {FATHER, MOTHER}


class Reads(ManualClock):
    """A clock that counts how often it is read."""

    readings = 0

    def now(self) -> datetime:
        self.readings += 1
        return super().now()


class Looks(Switch):
    """A switch that counts how often it is looked at."""

    looks = 0

    def is_set(self) -> bool:
        self.looks += 1
        return super().is_set()


def test_the_clocks_are_read_once_for_all_accounts_of_a_drain_and_the_kill_switch_is_not_looked_at():
    clock, kill = Reads(), Looks()
    lookout = Lookout(clock, kill)
    lanes = {
        (Venue.LIVE, name): Lane(
            Gateway(),
            clock=clock,
            lookout=lookout,
            epoch=lambda: 1,
            answered=lambda _answer: None,
            budget=RateBudget(),
        )
        for name in (FATHER, MOTHER)
    }
    for drains in (1, 2):
        allowances = Allowances(lanes)
        assert [allowances[name].total for name in (FATHER, MOTHER, FATHER)] == [SECOND.total] * 3
        assert (clock.readings, kill.looks) == (drains, 0)


def test_an_account_without_limits_or_without_a_lane_has_no_allowance():
    allowances = Allowances({(Venue.LIVE, FATHER): LaneUnderTest().lane})
    assert allowances.get(FATHER) is None
    assert allowances.get(MOTHER) is None
    assert len(allowances) == 0
