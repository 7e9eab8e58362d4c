"""Nothing new leaves for an account before its own book was read in this run and session.

One path for a start, a reconnect, a /resume, a new login and the read that comes round by itself.
"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.risk.first_read import GOES_AFTER
from engine.core.values import control as c
from engine.core.values.commands import Place, Priority
from engine.core.values.events import Allowance, StreamChanged
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Side
from tests.core.core_holdings import a_position
from tests.core.core_world import FATHER, MOTHER, World, an_order, done
from tests.core.first_read_world import after_a_login, after_a_start, book_asked, fathers, holding


def after_a_new_login_without_a_loss(world: World) -> None:
    world.sleep(1)
    world.log_in(FATHER)


def after_a_resume(world: World) -> None:
    world.ask(c.PauseFollower(follower=FATHER))
    world.ask(c.ResumeFollower(follower=FATHER))


OCCASIONS = [
    after_a_start, after_a_login, after_a_new_login_without_a_loss, after_a_resume,
]  # fmt: skip


@pytest.mark.parametrize("begin", OCCASIONS)
def test_neither_an_exit_nor_an_entry_leaves_before_the_book_is_read(begin):
    world = holding()
    begin(world)
    assert FATHER in world.reads
    world.master(done("X1", "SELL"), done("M2", symbol="INFY"))
    world.wait(5)
    assert not fathers(world)
    assert not world.children("X1", Leg.EXIT), "what it should be is decided after the read"
    world.read()
    exit_, entry = fathers(world)
    assert (exit_.side, exit_.quantity, exit_.symbol) == (Side.SELL, 10, "SBIN")
    assert (entry.side, entry.quantity, entry.symbol) == (Side.BUY, 10, "INFY")
    world.check_journal()


@pytest.mark.parametrize("begin", OCCASIONS)
def test_a_read_that_was_asked_for_before_does_not_count(begin):
    world = holding()
    before = world.now - timedelta(milliseconds=200)
    begin(world)
    world.master(done("X1", "SELL"))
    book_asked(world, before)
    assert not fathers(world)
    book_asked(world, world.now)
    assert [each.quantity for each in fathers(world)] == [10]


def test_the_others_do_not_wait_for_it():
    world = holding()
    after_a_login(world)
    world.master(done("X1", "SELL"))
    sent = [each for each in world.pending if isinstance(each, Place)]
    assert [(each.follower, each.quantity) for each in sent] == [(MOTHER, 10)]


def test_an_exit_the_account_has_made_already_is_not_made_again():
    """His resting exit filled while the program was down: the read tells so before anything leaves."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.master(an_order("T1", "SELL", price="105"))
    resting = world.ack()
    world.sleep(2)
    world.change(resting, status="COMPLETE", filled_quantity=10, told=False)
    world.restart()
    world.master(done("T1", "SELL", price="105"))
    world.wait(5)
    assert not fathers(world)
    world.read()
    world.wait(5)
    assert not fathers(world)
    assert world.held() == 0


def test_what_was_planned_before_a_restart_waits_too():
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.allowances[FATHER] = Allowance(entries=0, total=0)
    world.master(done("X1", "SELL"))
    (child,) = world.children("X1", Leg.EXIT)
    assert child.state is IntentState.PLANNED
    world.restart()
    world.allowances.clear()
    world.wait(2)
    assert not fathers(world)
    world.read()
    assert [each.tag for each in fathers(world)] == [child.tag]


def test_a_cover_waits_for_the_read_too():
    world = World()
    world.master(done())
    entry = world.ack_and_fill()
    world.master(done("X1", "SELL"))
    out = world.ack_and_fill()
    assert world.held() == 0
    world.restart()
    # The exchange told of more than the order was for; whatever the cause, it is covered.
    world.change(out, quantity=14, filled_quantity=14)
    world.wait(2)
    assert world.held() == -4
    assert not fathers(world)
    assert not world.children("X1", Leg.COVER), "what it should be is decided after the read"
    world.read()
    (cover,) = fathers(world)
    assert (cover.side, cover.quantity, cover.symbol) == (Side.BUY, 4, entry.symbol)


def test_an_entry_does_not_take_the_units_of_an_exit_that_waits_for_the_positions():
    """He goes flat and short while the machine sleeps; the entry would close what the exit is for."""
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    world.sleep(20)
    world.master(done("M1"), done("X1", "SELL"), done("E2", "SELL"))
    world.read()
    assert not fathers(world), "what is known of his positions is of before the sleep"
    world.positions(a_position(10))
    exit_, entry = world.ack_and_fill(), world.ack_and_fill()
    assert (exit_.priority, entry.priority) == (Priority.EXIT, Priority.ENTRY)
    assert world.held() == -10
    world.check_journal()


def test_an_exit_whose_account_cannot_be_read_goes_by_the_journal_after_a_while_and_is_told():
    world = holding()
    after_a_start(world)
    world.master(done("X1", "SELL"))
    world.wait(9)
    assert not fathers(world)
    world.wait(20)
    (alert,) = [each for each in world.alerts("by what the journal knows") if "father" in each.text]
    assert alert.needs_human
    assert len(fathers(world)) == 1


def test_a_resting_entry_is_not_made_dearer_or_larger_before_the_read():
    world = World()
    world.master(an_order(price="100"))
    world.ack()
    after_a_login(world)
    world.master(an_order(price="101", quantity=20))
    assert not world.pending
    world.read()
    change = world.modify()
    assert (change.quantity, change.price) == (20, 101)


STEPS = st.lists(
    st.sampled_from(
        ["buy", "sell", "restart", "lose", "login", "pause", "resume", "read", "stale", "master",
         "drop", "reconnect", "wait", "answer", "new day"]
    ),
    max_size=40,
)  # fmt: skip


class Watch:
    """Drives a world by words and remembers when a book of father's counts."""

    def __init__(self) -> None:
        self.world = World()
        self.world.wait(1)
        self.stale_at = self.world.now
        self.may = True
        self.since = self.world.now
        self.orders = 0

    def do(self, step: str) -> None:  # noqa: C901, PLR0912, PLR0915 - one row a step
        world = self.world
        world.sleep(1)
        began = world.now
        sent_before = len(world.commands)
        if step in ("buy", "sell"):
            self.orders += 1
            world.master(done(f"M{self.orders}", step.upper()))
        elif step == "restart":
            self.may = False
            world.restart()
        elif step == "lose":
            self.may = False
            world.lose_session()
        elif step == "login":
            self.may = False
            world.log_in(FATHER)
        elif step == "pause":
            world.ask(c.PauseFollower(follower=FATHER))
        elif step == "resume":
            self.may = False
            world.ask(c.ResumeFollower(follower=FATHER))
        elif step == "new day":
            self.may = False
            world.sleep(24 * 3600)
            world.master_rows.clear()
            for rows in world.rows.values():
                rows.clear()
            world.wait(0.5)
            for name in (MASTER, FATHER):
                world.log_in(name)
            world.master_positions()
            world.master()
        elif step == "read":
            self.may = self.may or world.state.account(FATHER).session_ok
            world.read()
        elif step == "stale":
            book_asked(world, self.stale_at)
        elif step == "master":
            world.master(*world.master_rows.values())
        elif step in ("drop", "reconnect"):
            world.offer(StreamChanged(up=step == "reconnect", reason="", at=world.now))
        elif step == "wait":
            world.wait(3)
        elif step == "answer" and world.pending:
            command = world.pending.popleft()
            if isinstance(command, Place):
                world.ack_and_fill(command)
        if self.may:
            self.since = world.now
        new = [
            each
            for each in world.commands[sent_before:]
            if isinstance(each, Place)
            # An exit goes by the journal's word where no book comes at all.
            and (each.priority is Priority.ENTRY or world.now < self.since + GOES_AFTER)
        ]
        assert self.may or not new, f"{step} sent {new} before the first read"
        if step in ("restart", "lose", "login", "resume", "new day"):
            self.stale_at = began - timedelta(seconds=1)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_nothing_new_leaves_before_the_first_read(steps):
    watch = Watch()
    for step in steps:
        watch.do(step)
    watch.world.check_journal()
