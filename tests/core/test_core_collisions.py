"""Accounts that meet themselves: circles and chains of copiers, our own orders, a name that moved."""

import pytest
from msgspec.structs import replace

from engine.core.values import control as c
from engine.core.values.events import Allowance
from engine.core.values.keys import Leg
from engine.core.values.market import Product, Side, Venue
from engine.core.values.notices import Severity, SkipReason
from tests.core.core_world import FATHER, World, a_follower, an_order, done

#: A tag as another installation makes it ("Z9"), and one that only looks like it.
THEIRS = "KCZ9AAAAAAAAAAAAAAAA"
OTHERS = "KCY4AAAAAAAAAAAAAAAA"
NOT_A_TAG = "KCmine"


def copied_before(**changed) -> World:
    """An order of the master's own hand, copied and filled."""
    world = World()
    world.master(done("M1", **changed))
    world.ack_and_fill()
    return world


#: (what, the order that comes after a BUY 10 SBIN which was copied, seconds after it, whether it is copied)
CASES = (
    ("a circle: the same side, by another installation", {"tag": THEIRS}, 2.0, False),
    ("a circle of three is slower", {"tag": THEIRS}, 29.5, False),
    ("just at the limit", {"tag": THEIRS}, 30.0, False),
    ("later it is another affair", {"tag": THEIRS}, 30.5, True),
    ("its tag among several", {"tags": ("web", THEIRS)}, 2.0, False),
    ("by his own hand", {}, 2.0, True),
    ("a tag of his own that only begins alike", {"tag": NOT_A_TAG}, 2.0, True),
    ("another symbol", {"tag": THEIRS, "symbol": "INFY"}, 2.0, True),
    ("another product", {"tag": THEIRS, "product": Product.NRML}, 2.0, None),
)


@pytest.mark.parametrize(("what", "order", "after", "copied"), CASES, ids=[x[0] for x in CASES])
def test_an_order_that_comes_back_from_another_copier_is_not_copied_again(
    what, order, after, copied
):
    world = copied_before()
    world.wait(after)
    world.master(done("M2", **order))
    told = world.alerts("go round without end")
    if copied is None:  # refused for the product: no alarm of a circle besides
        assert not told
        return
    assert bool(world.pending) is copied, what
    assert bool(told) is not copied
    if not copied:
        assert world.skip_of("M2") is SkipReason.CIRCLE
        (alert,) = told
        assert alert.severity is Severity.CRITICAL
        assert alert.needs_human
        assert "installation of this program (Z9)" in alert.text
    world.check_journal()


def test_a_copy_that_fills_late_comes_back_late():
    """The other installation may mirror fills: it acts when our order fills, not when it was sent."""
    world = World()
    world.master(an_order("M1", price=99))
    entry = world.ack()
    world.wait(300, step=10)
    world.fill(entry)
    world.wait(2)
    world.master(done("M2", tag=THEIRS))
    assert world.skip_of("M2") is SkipReason.CIRCLE


def test_a_chain_is_copied_order_for_order():
    """Somebody else's copier feeds the master: whatever it does in a burst is what the master does."""
    world = World()
    for n in range(3):
        world.master(done(f"M{n}", tag=THEIRS))
        assert world.ack_and_fill().quantity == 10
    world.master(done("X1", "SELL", quantity=30, tag=THEIRS))
    assert world.ack_and_fill().side is Side.SELL
    assert world.held() == 0
    assert not world.alerts("go round")


def test_a_circle_behind_a_chain_is_found_too():
    world = World()
    world.master(done("M1", tag=OTHERS))
    world.ack_and_fill()
    world.master(done("M2", tag=THEIRS))
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.CIRCLE


def test_an_exit_that_comes_back_opens_nothing_the_other_way_and_exits_are_not_asked():
    world = copied_before()
    world.master(done("X1", "SELL", quantity=5))
    assert world.ack_and_fill().quantity == 5
    # The other copier sells more than he has: five close what he holds, five would open a short.
    world.master(done("X2", "SELL", quantity=10, tag=THEIRS))
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 5)
    assert world.held() == 0
    assert not world.pending
    assert world.skip_of("X2") is SkipReason.CIRCLE


def test_what_never_left_brought_nothing_back():
    """Only planned, or on paper: no other copier can have seen it."""
    world = World()
    world.allowances[FATHER] = Allowance(entries=0, total=0)
    world.master(done("M1"))
    assert not world.pending
    world.allowances.clear()
    world.master(done("M2", tag=THEIRS))
    assert world.skip_of("M2") is not SkipReason.CIRCLE
    paper = World(venue=Venue.PAPER)
    paper.master(done("M1"))
    paper.master(done("M2", tag=THEIRS))
    assert paper.skip_of("M2") is not SkipReason.CIRCLE


def test_the_other_side_is_no_circle():
    world = copied_before()
    world.master(done("X1", "SELL", quantity=15, tag=THEIRS))
    assert world.ack_and_fill().quantity == 10
    assert world.ack_and_fill().quantity == 5
    assert world.held() == -5


def test_a_circle_is_told_once_and_every_order_of_it_says_so_on_its_card():
    world = copied_before()
    for n in (2, 3):
        world.master(done(f"M{n}", tag=THEIRS))
        assert world.skip_of(f"M{n}") is SkipReason.CIRCLE
    assert len(world.alerts("go round without end")) == 1
    world.restart()
    assert not world.children("M2", Leg.ENTRY)


@pytest.mark.parametrize("where", ["tag", "tags"])
def test_an_order_of_our_own_on_the_masters_account_is_no_wish_of_his_and_is_told_once(where):
    world = copied_before()
    ours = world.places()[0].tag
    tagged = {"tag": ours} if where == "tag" else {"tags": ("web", ours)}
    world.master(done("Z1", **tagged), done("Z2", **tagged))
    assert not world.pending
    assert world.held() == 10
    (alert,) = world.alerts("an order that this program placed itself")
    assert alert.severity is Severity.WARNING
    world.hint(replace(done("Z3"), **tagged))
    assert not world.pending


def logged_in_and_holding() -> World:
    world = World()
    world.log_in(FATHER, "NSE")
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M1"))
    world.ack_and_fill()
    assert world.held() == 10
    return world


def test_a_name_that_stands_for_another_account_now_is_told_at_the_start():
    world = logged_in_and_holding()
    world.restart(rules=[replace(a_follower(), user_id="UOTHER")])
    (alert,) = world.alerts("Their exits cannot follow")
    assert alert.severity is Severity.CRITICAL
    assert alert.needs_human
    assert "father is UOTHER now but holds 10 copied SBIN in UFATHER" in alert.text


def test_the_same_account_under_its_name_is_no_news():
    world = logged_in_and_holding()
    world.restart()
    assert not world.alerts("Their exits cannot follow")


def test_an_account_whose_copies_are_closed_may_be_another_one_from_now_on():
    world = logged_in_and_holding()
    world.master(done("X1", "SELL"))
    world.ack_and_fill()
    world.restart(rules=[replace(a_follower(), user_id="UOTHER")])
    assert not world.alerts("Their exits cannot follow")


def test_an_account_that_holds_nothing_may_be_another_one_from_now_on():
    world = World()
    world.log_in(FATHER, "NSE")
    world.restart(rules=[replace(a_follower(), user_id="UOTHER")])
    assert not world.alerts("Their exits cannot follow")
