"""Followers who are removed while the program runs: nothing is entered, exits follow, and they go when flat."""

from engine.core.chat.reading_losses import loss_lines
from engine.core.planning.detach import detach_proposal
from engine.core.values import control as c
from engine.core.values.market import Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind
from tests.core.core_holdings import a_position, holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_reread import CONFIRM, SETTINGS, both, leaving, reread
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done
from tests.core.loss_world import holding as lossy

# -- removed ----------------------------------------------------------------------------------


def test_removed_without_copies_he_goes_at_once():
    world = both()
    text = reread(world, a_follower())
    assert "mother: is removed" in text
    assert MOTHER not in world.state.rules
    assert not world.state.leaving
    world.master(done(quantity=4))
    assert {each.follower for each in world.places()} == {FATHER}
    world.check_journal()


def test_nobody_is_asked_to_log_in_somebody_who_has_gone():
    world = both()
    world.lose_session(MOTHER)
    assert the_offer(world, OfferKind.LOGIN)
    reread(world, a_follower())
    assert not offered(world, OfferKind.LOGIN)


def test_removed_with_copies_he_enters_nothing_exits_and_goes_when_flat():
    world = leaving()
    assert world.state.leaving == {FATHER: "sealed:father"}
    world.master(done("M2", quantity=5))
    assert world.skip_of("M2") is SkipReason.DISABLED
    world.wait(2)
    assert FATHER in world.state.rules
    world.check_journal()
    world.master(done("M3", "SELL", 15))
    exit_ = world.place()
    assert exit_.quantity == 10
    world.ack(exit_)
    world.wait(2)
    assert FATHER in world.state.rules, "its exit still works"
    world.fill(exit_)
    world.wait(1)
    assert FATHER not in world.state.rules
    assert not world.state.leaving
    assert world.alerts("father is removed: nothing copied is left there")
    world.check_journal()


def test_removed_with_a_resting_entry_it_is_cancelled_and_he_stays_until_it_is():
    world = World()
    world.master(an_order(price=100))
    world.ack()
    reread(world)
    cancel = world.cancel()
    world.wait(1)
    assert FATHER in world.state.rules
    world.cancelled(cancel)
    world.wait(1)
    assert FATHER not in world.state.rules
    assert not world.pending, "it is not placed again"


def test_an_entry_that_fills_before_its_cancel_is_there_is_exited_all_the_same():
    world = World()
    world.master(an_order(price=100))
    entry = world.ack()
    reread(world)
    world.cancel()
    world.fill(entry)
    world.wait(1)
    assert FATHER in world.state.rules
    world.master(done(price=100))
    world.master(done("M2", "SELL", 10))
    assert world.place().side == "SELL"


def test_handed_back_he_goes_at_once():
    world = leaving()
    mark = detach_proposal(world.state, FATHER).mark
    world.ask(c.DetachHoldings(follower=FATHER, symbol=None, mark=mark))
    world.wait(1)
    assert FATHER not in world.state.rules


def test_set_cannot_have_him_enter_again():
    world = leaving()
    was = "false"
    reply = world.ask(c.ChangeSetting(follower=FATHER, key="ENABLED", text="true", was=was))
    assert not reply.accepted
    assert not world.state.rules[FATHER].enabled


def test_resume_does_not_say_that_he_enters_again():
    world = leaving()
    world.ask(c.PauseFollower(follower=FATHER))
    assert not world.ask(c.ResumeFollower(follower=FATHER)).accepted


def test_nobody_is_told_at_the_end_of_the_day_that_the_session_of_one_who_has_gone_ended():
    world = both()
    reread(world, a_follower())
    since = len(world.notices)
    world.wait(22 * 3600, step=3600)
    told = [each.text for each in world.notices[since:]]
    assert any(text.startswith("father: the Kite session has ended") for text in told)
    assert not any("mother" in text for text in told)
    world.check_journal()


def test_what_he_has_lost_today_still_counts_in_what_all_may_lose():
    world = lossy(a_follower(), a_follower("mother"))
    reread(world, a_follower(), a_follower("mother"), total=10_000)
    world.obliging = False
    world.wait(3, SBIN=70)
    world.master(done("M2", "SELL", 100))
    for exit_ in (world.place(), world.place()):
        world.ack(exit_)
        world.fill(exit_, price=70)
    assert loss_lines(world.state)[-1].startswith("all together: ₹6,000 of ₹10,000")
    reread(world, a_follower(), total=10_000)
    assert MOTHER not in world.state.rules
    assert loss_lines(world.state)[-1].startswith("all together: ₹6,000 of ₹10,000")
    # And it is what the ladder goes by.
    world.master(done("M3", quantity=100))
    entry = world.place()
    world.ack(entry)
    world.fill(entry)
    world.wait(3, SBIN=74)
    assert world.alerts("all followers together: ₹8,600 lost today")
    world.wait(22 * 3600, step=3600)
    assert not world.state.gone_today
    world.check_journal()


def test_what_was_set_before_does_not_keep_him_entering():
    world = holding(a_follower(), quantity=10)
    world.ask(c.ChangeSetting(follower=FATHER, key="ENABLED", text="false", was="true"))
    world.ask(c.ChangeSetting(follower=FATHER, key="ENABLED", text="true", was="false"))
    reread(world)
    assert not world.state.rules[FATHER].enabled


def test_he_leaves_over_a_restart_too_where_his_account_is_kept():
    world = leaving()
    # The program puts the account that the store keeps sealed among those of the file.
    world.restart(rules=[a_follower()])
    assert not world.state.rules[FATHER].enabled
    world.read(FATHER)
    world.positions(a_position(10))
    world.master(done("M2", "SELL", 10))
    assert world.place().side == "SELL"


def test_put_back_into_the_file_he_stays_and_in_live_that_waits():
    world = leaving()
    assert "father: is back, and takes entries again" in reread(world, a_follower())
    assert FATHER in world.state.leaving
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert not world.state.leaving
    assert world.state.rules[FATHER].enabled
    world.master(done("M2", quantity=5))
    assert world.place().quantity == 5
    world.check_journal()


def test_put_back_after_he_has_gone_he_is_new():
    world = both()
    world.master(done("M1", quantity=4))
    for entry in (world.place(), world.place()):
        world.ack(entry)
        world.fill(entry)
    world.master(done("M2", "SELL", 4))
    for exit_ in (world.place(), world.place()):
        world.ack(exit_)
        world.fill(exit_)
    reread(world, a_follower())
    assert MOTHER not in world.state.rules
    world.master(an_order("M3", quantity=7, price=100))
    reread(world, a_follower(), a_follower("mother"))
    press(world, the_offer(world, SETTINGS), CONFIRM)
    world.log_in(MOTHER)
    world.read(MOTHER)
    assert world.skip_of("M3", name=MOTHER) is SkipReason.BEFORE_START
    world.master(done("M4", quantity=3))
    assert [p.quantity for p in world.places() if p.follower == MOTHER and p.quantity == 3] == [3]
    world.check_journal()


def test_paper_copies_are_let_go_in_live_where_nobody_could_hand_them_back():
    world = World(venue=Venue.PAPER)
    world.master(done(product=Product.CNC))
    entry = world.place()
    world.ack(entry)
    world.fill(entry)
    assert world.ledger(venue=Venue.PAPER, product=Product.CNC).held == 10
    world.go_live()
    reread(world)
    assert FATHER not in world.state.rules
    assert not world.ledger(venue=Venue.PAPER, product=Product.CNC).held
    world.check_journal()
