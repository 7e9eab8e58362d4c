"""The alert of the kill switch: whoever releases the switch has seen to it."""

from engine.core.values import control as c
from engine.core.values.offers import OfferKind
from tests.core.core_world import FATHER, OWNER, World


def killed() -> World:
    world = World()
    world.log_in(FATHER)
    world.ask(c.SetKill(active=True))
    (notice,) = world.alerts("The kill switch is set")
    delivered = c.NoticeDelivered(
        notice_id=notice.notice_id, topic="", chat_id=OWNER.user_id, message_id=9
    )
    world.ask(delivered)
    return world


def test_a_switch_that_was_released_stops_nothing_five_minutes_later():
    world = killed()
    world.ask(c.SetKill(active=False))
    assert not world.state.open_offers, "its button is gone"
    world.wait(310, step=5)
    assert world.state.copying
    world.check_journal()


def test_one_that_nobody_has_released_or_seen_still_does():
    world = killed()
    world.wait(310, step=5)
    assert not world.state.copying


def test_other_questions_stay_open():
    world = killed()
    world.lose_session(FATHER)
    before = {each.question.kind for each in world.state.open_offers.values()}
    world.ask(c.SetKill(active=False))
    left = {each.question.kind for each in world.state.open_offers.values()}
    assert OfferKind.LOGIN in left
    assert left < before


def test_a_start_that_goes_on_copying_says_that_no_entry_leaves():
    world = killed()
    world.restart()
    (told,) = world.alerts("Started again, still copying")
    assert told.text.endswith("The kill switch is set, so no entry leaves.")
