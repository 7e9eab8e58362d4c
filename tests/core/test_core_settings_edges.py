"""Settings that are set, read again or kept: values nobody can read, and what is said of rare cases."""

from decimal import Decimal

import pytest

from engine.core.chat.offer_view import offer_view
from engine.core.state.chosen import ALL, configure
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.market import AccountName, Venue
from engine.core.values.offers import OfferKind
from engine.core.values.proofs import WayOut
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS
from tests.core.core_holdings import holding
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_reread import CONFIRM, both, reread
from tests.core.core_told import of, told
from tests.core.core_world import FATHER, MORNING, World, a_follower, done

SETTINGS = OfferKind.SETTINGS


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("MAX_ORDER_VALUE", "much", "much is not a number"),
        ("MAX_ORDER_VALUE", "NaN", "NaN is not a number"),
        ("SEGMENT_MULTIPLIERS", '["NFO"]', "names no segments"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_with_the_reason_and_changes_nothing(key, text, why):
    world = World()
    was = OF_FOLLOWER[key].show(world.state.rules[FATHER])
    reply = world.ask(c.ChangeSetting(follower=FATHER, key=key, text=text, was=was))
    assert not reply.accepted
    assert why in reply.text
    assert OF_FOLLOWER[key].show(world.state.rules[FATHER]) == was


def kept(follower, key, text) -> r.SettingChosen:
    """Return a change that an older version has kept."""
    return r.SettingChosen(
        follower=follower, key=key, text=text, old="1", new=text, user_id=1, name="owner", at=MORNING
    )  # fmt: skip


def test_what_was_kept_and_cannot_be_read_counts_as_not_set_and_is_told_with_its_mend():
    state, gone = State(), AccountName("aunt")
    for record in (
        kept(FATHER, "MULTIPLIER", "two"),
        kept(ALL, TOTAL_LOSS, "much"),
        kept(gone, "MULTIPLIER", "3"),
    ):
        apply(state, record)
    unread = configure(state, [a_follower(multiplier=2)], total_loss_limit=Decimal(7000))
    assert [each.text for each in unread] == [
        "father MULTIPLIER: 'two', set from the chat, cannot be read. 2 counts, as in .env: set it again with "
        "/set father MULTIPLIER, or keep that with /set father MULTIPLIER default.",
        f"{TOTAL_LOSS}: 'much', set from the chat, cannot be read. 7000 counts, as in .env: set it again with "
        f"/set {TOTAL_LOSS}, or keep that with /set {TOTAL_LOSS} default.",
    ]
    assert (state.rules[FATHER].multiplier, state.total_loss_limit) == (2, 7000)
    assert list(state.chosen) == [(gone, "MULTIPLIER")], "whoever comes back has it again"
    apply(state, kept(ALL, TOTAL_LOSS, "much"))
    assert state.total_loss_limit == 7000, "the file's, until it is told at a start"


def test_a_limit_over_all_of_them_counts_at_once_and_wins_over_the_file():
    world = holding(a_follower(), quantity=10)
    reply = world.ask(c.ChangeSetting(follower=ALL, key=TOTAL_LOSS, text="5000", was="none"))
    assert reply.accepted
    assert world.state.total_loss_limit == Decimal(5000)
    text = reread(world, a_follower(), total=9000)
    assert f"{TOTAL_LOSS} is 9000 in the file, but /set counts: /set {TOTAL_LOSS} default" in text
    assert world.state.total_loss_limit == Decimal(5000)
    assert not offered(world, SETTINGS)


def test_what_is_set_for_all_of_them_is_told_once():
    world = both()
    changed = {"unwind_bought_leg": True}
    text = reread(world, a_follower(**changed), a_follower("mother", **changed))
    assert text.count("keep → unwind") == 1


def test_who_leaves_is_told_once_and_not_again_with_the_next_reading():
    world = holding(a_follower(), quantity=10)
    assert "father: is removed when flat" in reread(world)
    assert reread(world) == "The settings were read again: nothing has changed."
    assert FATHER in world.state.leaving


def test_a_new_follower_while_nothing_is_copied_begins_with_the_start():
    world = World(venue=Venue.PAPER, copying=False)
    world.master(done("M1"))
    reread(world, a_follower(), a_follower("mother"))
    assert "mother" in world.state.rules
    whose = {name for books in world.state.books.values() for _, name in books}
    assert "mother" not in whose, "what he did before is not hers"
    world.ask(c.StartCopy())
    world.log_in("mother")
    world.master(done("M2"))
    assert {each.follower for each in world.pending} == {"father", "mother"}


def test_a_question_about_what_waits_no_more_changes_nothing():
    world = World()
    reread(world, a_follower(multiplier=3))
    offer = the_offer(world, SETTINGS)
    assert offer_view(world.state, offer.offer_id).about == "of the settings"
    world.state.waiting_settings = None
    press(world, offer, CONFIRM)
    assert world.state.rules[FATHER].multiplier == 1


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (of(r.SettingsTaken, rules=(), total_loss_limit=None), ": the settings of the file count."),
        (
            of(r.SettingsTaken, rules=(), total_loss_limit=None, wanted=(a_follower(),)),
            ": the settings of the file count but for what waits.",
        ),
        (of(r.FollowerJoined, follower=FATHER), "father: was added while the program ran."),
        (
            of(r.FollowerLeaving, follower=FATHER, sealed="sealed"),
            "father: is removed once nothing copied is left.",
        ),
        (of(r.FollowerLeaving, follower=FATHER, sealed=None), "father: is removed or back."),
    ],
)  # fmt: skip
def test_the_story_tells_what_a_file_has_changed(record, said):
    assert told(record) == said


@pytest.mark.parametrize(
    ("address", "public"), [("8.8.8.8", True), ("192.168.1.5", False), ("", False), ("::1", False)]
)
def test_an_address_that_is_none_is_not_one_that_kite_can_see(address, public):
    assert WayOut(address=address).is_public is public
