"""A file of settings that is read again: what counts at once, what waits, who joins, and who leaves."""

from decimal import Decimal

import pytest

from engine.core.chat.plain_sentences import asking
from engine.core.chat.reading_losses import loss_lines
from engine.core.planning.detach import detach_proposal
from engine.core.risk.gates import entry_epoch
from engine.core.values import control as c
from engine.core.values.control import TakeSettings
from engine.core.values.events import Asked
from engine.core.values.market import Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.offers import OfferKind, adds_risk
from engine.core.values.rules import FollowerRules
from tests.core.core_holdings import a_position, holding
from tests.core.core_offers import labels, offered, press, the_offer
from tests.core.core_world import FATHER, MORNING, MOTHER, OWNER, World, a_follower, an_order, done
from tests.core.loss_world import holding as lossy

SETTINGS = OfferKind.SETTINGS
CONFIRM, CANCEL = "Confirm the changes", "Cancel"


def reread(world: World, *rules: FollowerRules, total: object = None, later=()) -> str:
    """Have a file that names these followers read again, and return what is said of it."""
    names = {each.name for each in rules}
    sealed = tuple((name, f"sealed:{name}") for name in world.state.env_rules if name not in names)
    limit = None if total is None else Decimal(str(total))
    request = TakeSettings(rules=rules, total_loss_limit=limit, sealed=sealed, later=tuple(later))
    for name in names:
        world.rows.setdefault(name, {})
    reply = world.ask(request)
    assert reply.accepted
    return reply.text


def both(**venue: Venue) -> World:
    return World(a_follower(), a_follower("mother"), **venue)


# -- what counts at once, and what waits ------------------------------------------------------


def test_the_same_file_changes_nothing_and_says_so():
    world = World()
    assert reread(world, a_follower()) == "The settings were read again: nothing has changed."
    assert world.state.settings_at is None
    assert not offered(world, SETTINGS)


def test_what_is_tighter_counts_at_once_and_asks_nobody():
    world = World(a_follower(multiplier=2))
    text = reread(world, a_follower(multiplier=1, max_order_quantity=5), total=5000)
    assert "father MULTIPLIER: 2 → 1" in text
    assert "father MAX_ORDER_QUANTITY: none → 5" in text
    assert "RISK__MAX_DAILY_LOSS: none → 5000" in text
    assert not offered(world, SETTINGS)
    world.master(done(quantity=4))
    assert world.place().quantity == 4
    assert world.state.total_loss_limit == 5000
    world.check_journal()


def test_in_live_what_is_looser_waits_while_what_is_tighter_counts():
    world = World()
    text = reread(world, a_follower(multiplier=3, max_order_quantity=100))
    assert "Waits for Confirm in the chat:\nfather MULTIPLIER: 1 → 3" in text
    assert world.state.rules[FATHER].max_order_quantity == 100
    assert world.state.rules[FATHER].multiplier == 1
    world.master(done(quantity=10))
    assert world.place().quantity == 10
    world.check_journal()


def test_confirmed_it_counts_and_the_button_asks_for_a_code():
    world = World()
    reread(world, a_follower(multiplier=3), total=None)
    offer = the_offer(world, SETTINGS)
    assert labels(offer) == [CONFIRM, CANCEL]
    assert [adds_risk(offer.question, each) for each in offer.question.choices] == [True, False]
    assert press(world, offer, CONFIRM).text == "The changes count now."
    assert world.state.waiting_settings is None
    world.master(done(quantity=10))
    assert world.place().quantity == 30
    world.check_journal()


def test_cancelled_it_does_not_count_and_is_asked_again_with_the_next_reading():
    world = World()
    reread(world, a_follower(multiplier=3))
    press(world, the_offer(world, SETTINGS), CANCEL)
    assert world.state.rules[FATHER].multiplier == 1
    assert world.state.waiting_settings is None
    reread(world, a_follower(multiplier=3))
    assert the_offer(world, SETTINGS)
    world.check_journal()


def test_a_newer_reading_takes_the_place_of_what_waits():
    world = World()
    reread(world, a_follower(multiplier=3))
    old = the_offer(world, SETTINGS)
    reread(world, a_follower(multiplier=2))
    new = the_offer(world, SETTINGS)
    assert new is not old
    assert not press(world, old, CONFIRM).accepted
    press(world, new, CONFIRM)
    assert world.state.rules[FATHER].multiplier == 2
    # A file that is as things are ends the question too.
    reread(world, a_follower(multiplier=5))
    reread(world, a_follower(multiplier=2))
    assert not offered(world, SETTINGS)
    assert world.state.waiting_settings is None


def test_a_total_limit_that_is_further_away_waits_too():
    world = World()
    reread(world, a_follower(), total=5000)
    assert "RISK__MAX_DAILY_LOSS: 5000 → none" in reread(world, a_follower(), total=None)
    assert world.state.total_loss_limit == 5000
    press(world, the_offer(world, SETTINGS), CONFIRM)
    assert world.state.total_loss_limit is None
    world.check_journal()


def test_on_paper_nothing_waits():
    world = World(venue=Venue.PAPER)
    reread(world, a_follower(multiplier=3), a_follower("mother"))
    assert not offered(world, SETTINGS)
    assert world.state.rules[FATHER].multiplier == 3
    world.master(done(quantity=10))
    placed = {world.place().follower, world.place().follower}
    assert placed == {FATHER, MOTHER}
    world.check_journal()


def test_a_restart_reads_the_whole_file_so_that_nothing_waits_any_more():
    world = World()
    reread(world, a_follower(multiplier=3))
    offer = the_offer(world, SETTINGS)
    world.restart(rules=[a_follower(multiplier=3)])
    assert world.state.rules[FATHER].multiplier == 3
    assert world.state.waiting_settings is None
    assert offer.question.kind not in {x.question.kind for x in world.state.open_offers.values()}
    world.check_journal()


def test_what_waits_ends_with_its_day():
    world = World()
    reread(world, a_follower(multiplier=3))
    world.wait(22 * 3600, step=3600)
    assert world.state.waiting_settings is None
    assert not offered(world, SETTINGS)
    world.check_journal()


def test_what_was_set_from_the_chat_still_wins_and_that_is_said():
    world = World()
    world.ask(c.ChangeSetting(follower=FATHER, key="MULTIPLIER", text="0.5", was="1"))
    text = reread(world, a_follower(multiplier=3))
    assert (
        "father MULTIPLIER is 3 in the file, but /set counts: /set father MULTIPLIER default"
        in text
    )
    assert world.state.rules[FATHER].multiplier == Decimal("0.5")
    assert not offered(world, SETTINGS)


def test_what_needs_a_restart_is_named():
    world = World()
    text = reread(world, a_follower(), later=["MASTER__API_KEY", "LOG_LEVEL"])
    assert "Only after a restart: MASTER__API_KEY, LOG_LEVEL." in text


def test_a_refused_file_changes_nothing_and_its_faults_are_told():
    world = World()
    before = world.state.rules
    reply = world.ask(c.RefuseSettings(faults=("FOLLOWERS__A__SIZING: is wrong - use multiplier",)))
    assert not reply.accepted
    assert world.alerts("FOLLOWERS__A__SIZING: is wrong - use multiplier")
    assert world.state.rules == before


def test_a_file_with_many_changes_makes_a_message_of_bounded_length():
    names = [f"f{number}" for number in range(60)]
    world = World(*(a_follower(name) for name in names))
    text = reread(world, *(a_follower(name, multiplier=3) for name in names))
    assert "and 40 more" in text
    assert len(text) < 4000


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
    assert "1 entry order(s) still rest at the broker." in text
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


def leaving(quantity: int = 10) -> World:
    world = holding(a_follower(), quantity=quantity)
    text = reread(world)
    assert f"father: is removed when flat, no further entry. Still held: +{quantity} SBIN" in text
    assert "/detach father" in text
    return world


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


# -- told -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (c.TakeSettings(rules=(a_follower(),), total_loss_limit=None), "1 follower(s)"),
        (c.RefuseSettings(faults=("a", "b")), "2 fault(s)"),
    ],
)
def test_who_had_it_read_again_is_told(request_, text):
    event = Asked(request=request_, by=OWNER, update_id=1, sent_at=None, at=MORNING)
    assert asking(event).text == f"had the settings read again: {text}."


def test_the_others_rules_are_untouched():
    world = both()
    before = world.state.rules[FATHER]
    reread(world, a_follower(), a_follower("mother", enabled=False))
    assert world.state.rules[FATHER] == before
    assert list(world.state.rules) == [FATHER, MOTHER]
