"""Whom a start no longer finds in the file: his exits follow by what was kept, or he is gone."""

import pytest

from engine.core.chat.reading_losses import loss_lines
from engine.core.values import control as c
from engine.core.values.market import Venue
from tests.core.core_holdings import a_position, holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done
from tests.core.loss_world import holding as lossy
from tests.core.test_core_settings_reread import CONFIRM, SETTINGS, both, reread

KEPT = ((FATHER, "fathers account"), (MOTHER, "mothers account"))


def keep(world: World, *names: str) -> None:
    kept = tuple(one for one in KEPT if not names or one[0] in names)
    assert world.ask(c.KeepFollowers(kept=kept)).accepted


def start_without_father(world: World, *, opened: bool = True) -> str:
    """Start with a file that names the mother alone; ``opened``: what is kept of the father opens."""
    left = [a_follower(enabled=False)] if opened else []
    world.restart(rules=[a_follower("mother"), *left])
    # As bot/app/process.py has the file put to the engine behind ``Started``.
    return world.ask(c.TakeSettings(rules=(a_follower("mother"),), total_loss_limit=None)).text


def holds_ten(world: World) -> None:
    world.obliging = True
    world.master(done("M1", quantity=10))
    world.obliging = False
    world.wait(3)


def rests(world: World) -> None:
    world.master(an_order(price=100))
    for entry in (world.place(), world.place()):
        world.ack(entry)


def bought_and_sold(world: World) -> None:
    world.obliging = True
    world.master(done("M1", quantity=10))
    world.master(done("M2", "SELL", 10))
    world.obliging = False
    world.wait(3)


def nothing(world: World) -> None:
    world.wait(1)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (holds_ten, "father: is removed when flat, no further entry. Still held: +10 SBIN; its exits"
                    " follow the master. /detach father hands it back to its owner at once"),
        (rests, "father: is removed when flat, no further entry. /detach father hands"),
        (bought_and_sold, "father: is removed"),
        (nothing, "father: is removed"),
    ],
)  # fmt: skip
def test_who_was_deleted_while_nothing_ran_leaves_as_by_a_reading(before, said):
    world = both()
    keep(world)
    before(world)
    leaves = "when flat" in said
    assert said in start_without_father(world, opened=leaves)
    # What leaves with him is the very text that was kept; of who is gone nothing is.
    assert world.state.leaving == ({FATHER: "fathers account"} if leaves else {})
    assert world.state.kept == {MOTHER: "mothers account"}
    assert (FATHER in world.state.gone_today) is not leaves
    assert not world.alerts("not configured any more")
    world.check_journal()


def test_he_enters_nothing_his_exit_follows_and_then_he_is_gone():
    world = both()
    keep(world)
    holds_ten(world)
    start_without_father(world)
    for name in (FATHER, MOTHER):
        world.read(name)
        world.positions(a_position(10), name=name)
    world.master(done("M2", quantity=5))
    assert world.place().follower == MOTHER
    assert not any(each.follower == FATHER for each in world.pending)
    world.obliging = True
    world.master(done("M3", "SELL", 15))
    world.wait(3)
    assert world.held() == 0
    assert FATHER not in world.state.rules
    assert not world.state.leaving
    assert world.alerts("father is removed: nothing copied is left there")
    world.check_journal()


def test_an_entry_that_rests_for_him_is_cancelled_behind_the_start():
    world = both()
    keep(world)
    rests(world)
    start_without_father(world)
    world.read(FATHER)
    assert [each.follower for each in world.pending] == [FATHER]
    world.cancelled(world.cancel())
    world.wait(1)
    assert FATHER not in world.state.rules


def test_where_what_is_kept_does_not_open_it_is_said_loudly_and_nothing_is_forgotten():
    world = both()
    keep(world)
    holds_ten(world)
    start_without_father(world, opened=False)
    assert world.alerts("father is not configured any more but holds 10 copied SBIN")[0].needs_human
    assert world.state.kept == dict(KEPT)
    assert not world.state.leaving
    # The key is back, or he is in the file again.
    assert "father: is removed when flat" in start_without_father(world)
    assert world.state.leaving == {FATHER: "fathers account"}


def test_orders_that_may_still_fill_are_named_where_nobody_can_cancel_them():
    world = both()
    rests(world)
    # A store of before has nothing kept.
    world.restart(rules=[a_follower("mother")])
    (told,) = world.alerts("not configured any more")
    assert told.text.startswith(
        "father is not configured any more but 1 order of its copies may still fill"
    )
    assert told.needs_human


def test_put_back_into_the_file_he_is_whole_again_after_a_yes():
    world = both()
    keep(world)
    holds_ten(world)
    start_without_father(world)
    assert "father: is back" in reread(world, a_follower(), a_follower("mother"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert not offered(world, SETTINGS)
    assert world.state.rules[FATHER].enabled
    keep(world, FATHER)
    assert world.state.kept == dict(KEPT)


def test_on_paper_while_live_he_is_let_go_of_and_nobody_is_alarmed():
    world = both(venue=Venue.PAPER)
    keep(world)
    holds_ten(world)
    world.go_live()
    assert start_without_father(world, opened=False).endswith("father: is removed")
    assert not world.alerts("not configured any more")
    assert not any(
        b.held for by in world.state.books.values() for (_, n), b in by.items() if n == FATHER
    )


def test_what_one_deleted_while_nothing_ran_has_lost_today_counts_for_all():
    world = lossy(a_follower(), a_follower("mother"))
    keep(world)
    reread(world, a_follower(), a_follower("mother"), total=10_000)
    world.obliging = False
    world.wait(3, SBIN=70)
    world.master(done("M2", "SELL", 100))
    for exit_ in (world.place(), world.place()):
        world.ack(exit_)
        world.fill(exit_, price=70)
    start_without_father(world, opened=False)
    reread(world, a_follower("mother"), total=10_000)
    assert loss_lines(world.state)[-1].startswith("all together: ₹6,000 of ₹10,000")


def test_kept_is_who_is_in_the_file_and_does_not_leave():
    world = holding(a_follower())
    keep(world)
    assert world.state.kept == {FATHER: "fathers account"}
    reread(world)
    keep(world)
    assert (world.state.kept, world.state.leaving) == ({}, {FATHER: "sealed:father"})
    world.check_journal()


def test_under_another_key_all_of_it_is_sealed_anew():
    world = both()
    keep(world)
    holds_ten(world)
    reread(world, a_follower("mother"))
    anew = ((FATHER, "f"), (MOTHER, "m"), ("ravi", "r"))
    assert world.ask(c.ResealSessions(tokens=(), leaving=anew)).accepted
    assert (world.state.leaving, world.state.kept) == ({FATHER: "f"}, {MOTHER: "m"})
    world.check_journal()
