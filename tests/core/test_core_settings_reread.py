"""A file of settings that is read again: what counts at once, and what waits."""

from decimal import Decimal

import pytest

from engine.core.chat.plain_sentences import asking
from engine.core.values import control as c
from engine.core.values.events import Asked
from engine.core.values.market import Venue
from engine.core.values.offers import adds_risk
from tests.core.core_offers import labels, offered, press, the_offer
from tests.core.core_reread import CANCEL, CONFIRM, SETTINGS, both, reread
from tests.core.core_world import FATHER, MORNING, MOTHER, OWNER, World, a_follower, done

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
    (alert,) = world.alerts("Waits, since")
    assert "may risk more real money, until you press Confirm:" in alert.text
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


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (c.TakeSettings(rules=(a_follower(),), total_loss_limit=None), "1 follower"),
        (c.RefuseSettings(faults=("a", "b")), "2 faults"),
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
