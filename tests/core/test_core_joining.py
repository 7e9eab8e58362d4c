"""Followers who are switched off and on, or join, while the program runs."""

from engine.core.risk.gates import entry_epoch
from engine.core.values.market import Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_holdings import a_position, holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_reread import CONFIRM, SETTINGS, reread
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done

# -- disabled ---------------------------------------------------------------------------------


def test_disabled_he_enters_nothing_and_his_exits_follow():
    world = holding(a_follower(), quantity=10)
    text = reread(world, a_follower(enabled=False))
    assert "father ENABLED: true → false" in text
    assert "Exits still follow the master." in text
    world.master(done("M2", quantity=5))
    assert not world.pending
    assert world.skip_of("M2") is SkipReason.DISABLED
    world.master(done("M3", "SELL", 15))
    exit_ = world.place()
    assert (exit_.side.value, exit_.quantity) == ("SELL", 10)


def test_an_entry_that_rests_stays_as_with_a_pause_and_is_counted():
    world = World()
    world.master(an_order(price=100))
    entry = world.ack()
    text = reread(world, a_follower(enabled=False))
    assert "1 entry order still rests at the broker." in text
    assert not world.pending
    # A cancel of the master's still follows.
    world.master(an_order(price=100, status="CANCELLED"))
    assert world.cancel().order_id == world.order_ids[entry.tag]


def test_an_entry_decided_just_before_does_not_leave_any_more():
    world = World()
    assert entry_epoch(world.state, Venue.LIVE, FATHER) == world.state.mode_epoch
    reread(world, a_follower(enabled=False))
    assert entry_epoch(world.state, Venue.LIVE, FATHER) is None
    reread(world)
    assert entry_epoch(world.state, Venue.LIVE, FATHER) is None


def test_a_pause_holds_it_back_too_and_an_account_of_which_nothing_is_known_yet_does_not():
    world = World()
    world.state.account(FATHER).paused = True
    assert entry_epoch(world.state, Venue.LIVE, FATHER) is None
    del world.state.accounts[FATHER]
    assert entry_epoch(world.state, Venue.LIVE, FATHER) == world.state.mode_epoch
    assert FATHER not in world.state.accounts, "asking makes none"


def test_enabled_again_he_gets_nothing_that_was_begun_meanwhile():
    world = World(a_follower(enabled=False))
    world.master(an_order(price=100))
    reread(world, a_follower())
    assert not world.state.rules[FATHER].enabled, "in LIVE it waits"
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.master(done(price=100))
    assert not world.pending
    world.master(done("M2", quantity=3))
    assert world.place().quantity == 3


# -- added ------------------------------------------------------------------------------------


def added(*, confirm: bool = True) -> World:
    world = World()
    reread(world, a_follower(), a_follower("mother"))
    if confirm:
        press(world, the_offer(world, SETTINGS), CONFIRM)
    return world


def test_a_new_follower_waits_in_live_and_is_nowhere_before():
    world = added(confirm=False)
    assert MOTHER not in world.state.rules
    world.master(done(quantity=4))
    assert {each.follower for each in world.places()} == {FATHER}
    world.check_journal()


def test_a_new_follower_gets_a_login_button_and_copies_once_he_is_logged_in_and_read():
    world = added()
    login = the_offer(world, OfferKind.LOGIN)
    assert login.question.account == MOTHER
    assert MOTHER in world.reads
    world.master(done(quantity=4))
    assert world.skip_of("M1", name=MOTHER) is SkipReason.NO_SESSION
    world.log_in(MOTHER)
    assert not offered(world, OfferKind.LOGIN)
    world.read(MOTHER)
    world.master(done("M2", quantity=3))
    assert [each.quantity for each in world.places() if each.follower == MOTHER] == [3]
    world.check_journal()


def test_a_new_follower_gets_nothing_of_an_order_that_is_older_than_he():
    world = World()
    world.master(an_order("M1", quantity=8, price=100))
    world.master(done("M2", quantity=2))
    reread(world, a_follower(), a_follower("mother"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.log_in(MOTHER)
    world.read(MOTHER)
    for order in ("M1", "M2"):
        assert world.skip_of(order, name=MOTHER) is SkipReason.BEFORE_START
    world.master(done("M1", quantity=8, price=100))
    assert not [each for each in world.places() if each.follower == MOTHER]
    # The other's are as they were.
    assert world.skip_of("M1") is None
    world.check_journal()


def test_an_order_placed_before_and_shown_after_is_older_than_he_too():
    world = World()
    placed = world.now
    world.wait(3)
    reread(world, a_follower(), a_follower("mother"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.log_in(MOTHER)
    world.read(MOTHER)
    world.master(an_order("M1", quantity=8, price=100, placed_at=placed))
    assert [each.follower for each in world.places()] == [FATHER]
    assert world.skip_of("M1", name=MOTHER) is SkipReason.BEFORE_START
    world.wait(1)
    world.master(done("M2", quantity=3))
    assert {each.follower for each in world.places()} == {FATHER, MOTHER}
    world.check_journal()


def test_what_a_new_follower_holds_already_is_his_own():
    world = added()
    world.log_in(MOTHER)
    world.read(MOTHER)
    world.positions(a_position(25), name=MOTHER)
    world.master(done("M1", quantity=4))
    (entry,) = [each for each in world.places() if each.follower == MOTHER]
    world.ack(entry)
    world.fill(entry)
    world.positions(a_position(29), name=MOTHER)
    world.master(done("M2", "SELL", 4))
    exits = [each for each in world.places() if each.follower == MOTHER and each.side == "SELL"]
    assert [each.quantity for each in exits] == [4]


def test_who_logs_in_before_the_answer_is_not_asked_to_log_in():
    world = added(confirm=False)
    world.log_in(MOTHER, "NSE")
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert MOTHER in world.state.rules
    assert not any("mother is new" in each.text for each in world.alerts())
