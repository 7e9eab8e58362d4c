"""A baseline is a beginning for entries and for nothing else: /start_copy, /resume, a new follower."""

import copy
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.state.turn import child_tag
from engine.core.values import control as c
from engine.core.values.commands import Cancel, Modify, Place
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done


def paused_and_resumed(world: World) -> None:
    world.ask(c.PauseFollower(follower=FATHER))
    world.wait(1)
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()


def stopped_and_started(world: World) -> None:
    world.ask(c.StopCopy())
    world.wait(1)
    assert world.ask(c.StartCopy()).accepted


def test_after_a_resume_an_order_begun_before_enters_nothing_and_says_so():
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(an_order(price="99"))
    paused_and_resumed(world)
    assert world.skip_of() is SkipReason.PAUSED
    world.master(done(price="99"))
    world.wait(5)
    assert not world.pending
    assert world.ledger().exact() == 0


def test_after_a_start_an_order_begun_before_enters_nothing():
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(an_order(price="99"))
    stopped_and_started(world)
    world.master(done(price="99"))
    world.wait(5)
    assert not world.pending


def test_its_exits_count_all_the_same():
    world = World()
    world.master(done())
    world.ack_and_fill()
    for again in (paused_and_resumed, stopped_and_started):
        again(world)
    world.master(done("M2"))  # begun now: copied
    world.ack_and_fill()
    world.master(an_order("X1", "SELL", 20, price="110"))
    world.ack()
    for again in (paused_and_resumed, stopped_and_started):
        again(world)
    world.master(done("X1", "SELL", 20, price="110"))
    world.wait(2)
    exits = world.children("X1", Leg.EXIT)
    assert sum(each.outstanding + each.filled for each in exits) == 20


AGAIN = pytest.mark.parametrize("again", [paused_and_resumed, stopped_and_started])


@AGAIN
def test_an_order_through_zero_that_was_left_out_exits_and_does_not_enter(again):
    """Begun before, so that its entry is left out; what it exits of the copies counts as ever."""
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(done())
    world.ack_and_fill()
    world.master(an_order("X1", "SELL", 20, price="110"))
    again(world)
    world.pending.clear()
    world.master(an_order("X1", "SELL", 20, price="110", filled_quantity=10))
    world.wait(2)
    assert world.ack_and_fill().quantity == 10
    world.master(done("X1", "SELL", 20, price="110"))
    world.wait(10)
    assert (world.held(), len(world.pending)) == (0, 0)
    assert world.skip_of("X1") is not None
    world.check_journal()


def begun_while_stopped(world: World, order) -> None:
    world.ask(c.StopCopy())
    world.master(order)
    assert world.ask(c.StartCopy()).accepted


def begun_while_paused(world: World, order) -> None:
    world.ask(c.PauseFollower(follower=FATHER))
    world.master(order)
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()


MEANWHILE = pytest.mark.parametrize("begun", [begun_while_stopped, begun_while_paused])


@MEANWHILE
def test_what_he_bought_meanwhile_is_left_out_and_its_exit_takes_its_share_of_the_copies(begun):
    """He holds 20, of which 10 are copied: selling 10 is half of it here too."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    begun(world, done("M2"))
    world.master(done("X1", "SELL", 10))
    world.wait(2)
    assert world.ack_and_fill().quantity == 5
    world.master(done("X2", "SELL", 10))
    world.wait(2)
    assert world.ack_and_fill().quantity == 5
    world.check_journal()


@MEANWHILE
@pytest.mark.parametrize("mirror", list(Mirror))
def test_an_exit_that_began_meanwhile_and_fills_afterwards_is_copied(begun, mirror):
    world = World(a_follower(mirror=mirror))
    world.obliging = True
    world.master(done())
    begun(world, an_order("X1", "SELL", 10, price="110"))
    world.master(an_order("X1", "SELL", 10, price="110", filled_quantity=4))
    world.master(done("X1", "SELL", 10, price="110"))
    world.obliging = False
    world.wait(10)
    exits = world.children("X1", Leg.EXIT)
    assert sum(each.outstanding + each.filled for each in exits) == 10
    world.check_journal()


@MEANWHILE
@pytest.mark.parametrize("units", [10, 25])
def test_what_he_exited_meanwhile_is_exited_here_and_nothing_is_entered_for_the_rest(begun, units):
    world = World()
    world.obliging = True
    world.master(done())
    begun(world, done("X1", "SELL", units))
    world.wait(10)
    assert world.held() == 0
    assert not world.children("X1", Leg.ENTRY)
    world.check_journal()


def test_an_order_that_has_a_child_keeps_it():
    world = World()
    world.master(an_order(price="99"))
    child = world.ack()
    for again in (paused_and_resumed, stopped_and_started):
        again(world)
        assert not world.pending
    world.master(an_order(price="98"))
    assert world.modified().price == 98
    world.fill(child)
    assert world.held() == 10
    assert Leg.ENTRY not in world.part().skips


def test_open_orders_may_be_chosen_at_a_start_after_a_stop_too():
    world = World(a_follower(mirror=Mirror.ORDERS))
    world.ask(c.StopCopy())
    world.master(an_order(price="99"))
    assert world.ask(c.StartCopy(copy_open_orders=True)).accepted
    assert world.place().quantity == 10


def test_a_new_follower_takes_part_in_what_begins_after_it_came():
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.master(an_order("M2", price="99", symbol="INFY"))
    world.ack()
    world.restart(rules=[a_follower(), a_follower("mother")])
    world.log_in(MOTHER)
    world.rows[MOTHER] = {}
    for name in (FATHER, MOTHER):
        world.read(name)
    world.master()
    world.master(done("M2", price="99", symbol="INFY"), done("X1", "SELL", 4))
    sent = {(e.follower, e.side.value, e.quantity) for e in world.pending if isinstance(e, Place)}
    assert sent == {(FATHER, "SELL", 4)}, "he holds nothing that she has to give up"
    world.master(done("M3", quantity=6))
    sent = [e.quantity for e in world.pending if isinstance(e, Place) and e.follower == MOTHER]
    assert sent == [6]


def test_a_new_follower_exits_only_his_part_of_what_the_master_held_before():
    world = World()
    world.master(done(quantity=30))
    world.ack_and_fill()
    world.restart(rules=[a_follower(), a_follower("mother")])
    world.rows[MOTHER] = {}
    world.log_in(MOTHER)
    for name in (FATHER, MOTHER):
        world.read(name)
    world.master()
    world.master(done("M2", quantity=30))
    for _ in range(2):
        world.ack_and_fill()
    world.master(done("X1", "SELL", 30))
    sent = {e.follower: e.quantity for e in world.pending if isinstance(e, Place)}
    assert sent == {FATHER: 30, MOTHER: 15}


# -- any history -------------------------------------------------------------------------------

WORDS = ["buy", "sell", "rest", "target", "part", "fill", "take", "take", "stop", "start", "pause",
         "resume", "restart", "newcomer", "wait"]  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 20)), min_size=6, max_size=30)
BASELINES = {"start", "resume", "newcomer", "restart"}


class History:
    """A master, up to two followers, and what is true at the broker."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.world = World(a_follower(mirror=mirror))
        self.net = 0
        self.resting: dict[str, tuple[str, int, int]] = {}
        self.number = 0

    def do(self, word: str, units: int) -> None:  # noqa: C901 - one row a word
        world = self.world
        world.sleep(1)
        self.number += 1
        name = f"M{self.number:03d}"
        if word in ("buy", "sell"):
            self.net += units if word == "buy" else -units
            world.master(done(name, word.upper(), units))
        elif word in ("rest", "target"):
            side = "BUY" if word == "rest" else "SELL"
            self.resting[name] = (side, units, 0)
            world.master(an_order(name, side, units, price="100"))
        elif word in ("part", "fill") and self.resting:
            name, (side, size, filled) = next(iter(self.resting.items()))
            more = 1 if word == "part" else size - filled
            self.net += more if side == "BUY" else -more
            self._filled(name, side, size, filled + more)
        elif word == "take":
            self.take()
        elif word == "stop":
            world.ask(c.StopCopy())
        elif word == "start":
            world.ask(c.StartCopy())
        elif word == "pause":
            world.ask(c.PauseFollower(follower=FATHER))
        elif word == "resume":
            world.ask(c.ResumeFollower(follower=FATHER))
            world.read()
        elif word in ("restart", "newcomer"):
            self._restart(newcomer=word == "newcomer")
        elif word == "wait":
            world.wait(3)

    def _filled(self, name: str, side: str, size: int, filled: int) -> None:
        if filled == size:
            del self.resting[name]
            self.world.master(done(name, side, size, price="100"))
        else:
            self.resting[name] = (side, size, filled)
            self.world.master(an_order(name, side, size, price="100", filled_quantity=filled))

    def _restart(self, *, newcomer: bool) -> None:
        world = self.world
        self.take()
        rules = [a_follower(mirror=self.mirror)]
        if newcomer or MOTHER in world.rules:
            rules.append(a_follower("mother", mirror=self.mirror))
            world.rows.setdefault(MOTHER, {})
        world.restart(rules=rules)
        if newcomer and not world.state.account(MOTHER).session_ok:
            world.log_in(MOTHER)
        world.master()
        for each in world.rules:
            world.read(each)

    def take(self) -> None:
        """Let the brokers do what was asked: MARKET fills, the rest rests."""
        world = self.world
        while world.pending:
            command = world.pending.popleft()
            if isinstance(command, Place):
                world.ack_and_fill(command)
            elif isinstance(command, Modify):
                world.modified(command)
            elif isinstance(command, Cancel):
                placed = world.state.children[child_tag(command.intent_id)].command
                if not world.row(placed).status.is_terminal:
                    world.cancelled(command)

    def books(self) -> list[KeyBook]:
        return [book for books in self.world.state.books.values() for book in books.values()]


def facts(book: KeyBook) -> tuple[object, ...]:
    """Return what no baseline may touch."""
    due = tuple(
        (order_id, part.claimed, part.gone) for order_id, part in book.parts.items() if part.claimed
    )
    tags = tuple(child.tag for part in book.parts.values() for child in part.children)
    kept = tuple(
        (order_id, part.contribution)
        for order_id, part in book.parts.items()
        if part.children or (Leg.ENTRY not in part.skips and not part.contribution)
    )
    return book.held, book.virtual, due, tags, tuple(e for e in kept if e[1] != Fraction(0))


def without_a_child(history: History) -> set[tuple[object, OrderId]]:
    return {
        (book.key, order_id)
        for book in history.books()
        for order_id, part in book.parts.items()
        if not part.of(Leg.ENTRY)
    }


@settings(max_examples=250, deadline=None)
@given(steps=STEPS, mirror=st.sampled_from(list(Mirror)))
def test_a_baseline_moves_his_net_and_nothing_of_theirs(steps, mirror):
    history = History(mirror)
    begun: set[tuple[object, OrderId]] = set()
    for word, units in steps:
        before = copy.deepcopy({book.key: facts(book) for book in history.books()})
        was_copying = history.world.state.copying
        was_paused = history.world.state.account(FATHER).paused
        sent = len(history.world.commands)
        if word in ("restart", "newcomer"):
            history.take()
            before = copy.deepcopy({book.key: facts(book) for book in history.books()})
            sent = len(history.world.commands)
        history.do(word, units)
        if word in BASELINES and len(history.world.commands) == sent:
            after = {book.key: facts(book) for book in history.books()}
            assert {key: after[key] for key in before} == before
        if word == "start" and not was_copying:
            begun |= without_a_child(history)
        if word == "resume" and was_paused:
            begun |= {each for each in without_a_child(history) if each[0].follower == FATHER}
        position = history.world.state.master.get(history.world.key().master)
        assert (position.net if position else 0) == history.net
        for book in history.books():
            for order_id, part in book.parts.items():
                entered = part.of(Leg.ENTRY)
                assert not entered or (book.key, order_id) not in begun, "begun before the baseline"
    history.take()
    history.world.check_journal()


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_whatever_began_when_his_way_out_is_everyones(steps):
    history = History(Mirror.SWEEP)
    for word, units in steps:
        history.do(word, units)
    world = history.world
    history.take()
    for name, (side, size, filled) in list(history.resting.items()):
        world.master(
            an_order(name, side, size, price="100", filled_quantity=filled, status="CANCELLED")
        )
    history.take()
    if history.net:
        world.master(done("Z1", "SELL" if history.net > 0 else "BUY", abs(history.net)))
    for _ in range(4):
        history.take()
        world.wait(3)
    assert all(book.held == 0 for book in history.books())
