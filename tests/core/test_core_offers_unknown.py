"""Orders of unknown fate: asked about with buttons, settled once, and adopted whenever they show."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.chat.reading import status_view
from engine.core.values import control as c
from engine.core.values.commands import Acked
from engine.core.values.events import Allowance, BookRead
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import Side, Venue
from engine.core.values.notices import NoticeKind
from engine.core.values.offers import OfferKind
from tests.core.core_offers import SON, labels, offered, press, the_offer, token_of
from tests.core.core_readers import state_of
from tests.core.core_world import FATHER, World, done


def read_every_second(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.wait(1)
        world.read()


def asked_about_entry() -> tuple[World, object]:
    """An entry without an answer on an idle account, two minutes later."""
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    read_every_second(world, 122)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    return world, entry


def asked_about_exit() -> tuple[World, object]:
    """An exit without an answer on an idle account, two minutes later."""
    world = World()
    world.obliging = True
    world.master(done("M1"))
    world.obliging = False
    world.wait(1)
    world.master(done("X1", "SELL"))
    leaving = world.place()
    world.wait(1)
    world.lose(leaving)
    read_every_second(world, 125)
    assert state_of(world, leaving) is IntentState.NEEDS_HUMAN
    return world, leaving


def test_on_an_idle_account_the_question_has_two_buttons():
    world, _entry = asked_about_entry()
    assert labels(the_offer(world, OfferKind.UNKNOWN)) == ["It is in Kite", "It is not there"]
    (alert,) = world.alerts("cannot be told")
    assert alert.offer == the_offer(world, OfferKind.UNKNOWN).offer_id


def test_it_is_not_there_sends_nothing_and_offers_to_copy_again():
    world, entry = asked_about_entry()
    reply = press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    assert reply.accepted
    assert state_of(world, entry) is IntentState.ABSENT
    assert not world.pending
    assert labels(the_offer(world, OfferKind.ENTRY)) == ["Copy again", "Skip"]
    world.check_journal()


def test_copy_again_sends_one_new_generation_with_a_tag_of_its_own():
    world, entry = asked_about_entry()
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    world.master()
    reply = press(world, the_offer(world, OfferKind.ENTRY), "Copy again")
    assert reply.accepted, reply.text
    again = world.ack_and_fill()
    assert (again.quantity, again.side) == (10, Side.BUY)
    assert again.tag != entry.tag
    assert world.held() == 10
    assert not world.pending
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10
    world.check_journal()


def test_an_exit_is_sent_again_only_after_somebody_says_it_is_not_there():
    world, _leaving = asked_about_exit()
    assert "Send the exit again" not in labels(the_offer(world, OfferKind.UNKNOWN))
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    assert not world.pending
    assert press(world, the_offer(world, OfferKind.EXIT), "Send the exit again").accepted
    again = world.ack_and_fill()
    assert (again.side, again.quantity) == (Side.SELL, 10)
    assert world.held() == 0
    read_every_second(world, 40)
    assert not world.pending
    world.check_journal()


def test_the_kill_switch_and_a_stop_do_not_hold_an_exit_back_that_is_sent_again():
    world, _leaving = asked_about_exit()
    world.ask(c.StopCopy())
    world.ask(c.SetKill(active=True))
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    assert press(world, the_offer(world, OfferKind.EXIT), "Send the exit again").accepted
    assert world.place().side is Side.SELL


def test_a_press_acts_once_whoever_presses_and_however_often():
    world, _entry = asked_about_entry()
    offer = the_offer(world, OfferKind.UNKNOWN)
    assert press(world, offer, "It is not there", update_id=7).accepted
    assert press(world, offer, "It is not there", update_id=7).duplicate
    second = press(world, offer, "It is in Kite", by=SON)
    assert not second.accepted
    assert second.text.startswith("Already chosen by owner at 10:02:")
    assert "It is not there" in second.text
    copy = the_offer(world, OfferKind.ENTRY)
    world.master()
    assert press(world, copy, "Copy again").accepted
    assert not press(world, copy, "Copy again", by=SON).accepted
    assert len(world.places()) == 2


def test_a_question_and_its_buttons_survive_a_restart():
    world, entry = asked_about_entry()
    offer = the_offer(world, OfferKind.UNKNOWN)
    token_of(world, offer)
    world.restart()
    world.read()
    offer = the_offer(world, OfferKind.UNKNOWN)
    assert press(world, offer, "It is not there").accepted
    world.restart()
    assert not press(world, world.state.offers[offer.offer_id], "It is not there").accepted
    assert state_of(world, entry) is IntentState.ABSENT
    world.check_journal()


def test_a_late_arrival_settles_the_question_and_takes_its_buttons_away():
    world, entry = asked_about_entry()
    offer = the_offer(world, OfferKind.UNKNOWN)
    world.book_row(entry)
    world.read()
    assert offer.settled is not None
    assert "found in the order book" in offer.settled.text
    redrawn = [each for each in world.notices if each.kind is NoticeKind.OFFER]
    assert [each.offer for each in redrawn] == [offer.offer_id]
    assert not press(world, offer, "It is not there").accepted
    assert state_of(world, entry) is IntentState.ACKED


def test_a_late_arrival_after_somebodys_word_is_adopted_told_loudly_and_counted():
    world, entry = asked_about_entry()
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    copy = the_offer(world, OfferKind.ENTRY)
    world.book_row(entry)
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    assert world.held() == 10
    assert world.alerts("was found in the order book")[-1].severity == "critical"
    assert copy.settled is not None, "there is nothing to copy again any more"
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10


def test_a_late_exit_beside_the_one_sent_again_never_ends_short():
    world, leaving = asked_about_exit()
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    press(world, the_offer(world, OfferKind.EXIT), "Send the exit again")
    world.ack_and_fill()
    world.book_row(leaving)
    world.change(
        leaving, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    assert world.held() == -10
    covering = world.place()
    assert (covering.side, covering.quantity) == (Side.BUY, 10)


def test_it_is_in_kite_waits_for_the_book_and_no_book_proves_it_absent():
    world, entry = asked_about_entry()
    assert press(world, the_offer(world, OfferKind.UNKNOWN), "It is in Kite").accepted
    world.master(done("M3", symbol="INFY"))
    world.ack_and_fill()
    read_every_second(world, 10)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    assert labels(the_offer(world, OfferKind.UNKNOWN)) == ["It is not there after all"]
    world.book_row(entry)
    world.read()
    assert state_of(world, entry) is IntentState.ACKED
    assert not offered(world, OfferKind.UNKNOWN)
    world.check_journal()


def two_look_alike() -> tuple[World, object, list]:
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    rows = []
    for _ in range(2):
        world.wait(0.7)
        rows.append(world.book_row(entry).order_id)
        world.change(entry, told=False, tag=None)
    return world, entry, rows


def test_of_two_orders_that_look_alike_a_person_says_which_is_ours():
    world, entry, rows = two_look_alike()
    world.wait(3)
    world.read()
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN, "at once, not after two minutes"
    offer = the_offer(world, OfferKind.UNKNOWN)
    assert labels(offer) == [f"It is order …{each[-6:]}" for each in rows] + ["None of them"]
    assert press(world, offer, f"It is order …{rows[1][-6:]}").accepted
    assert world.state.children[entry.tag].order_id == rows[1]
    assert world.held() == 0
    world.check_journal()


def test_two_that_look_alike_are_never_proved_absent_by_their_own_rows():
    world, entry, _rows = two_look_alike()
    read_every_second(world, 200)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    assert len(world.places()) == 1


def test_a_later_order_proves_absence_though_reads_show_only_what_has_changed():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.wait(3)
    hand = world.book_row(entry)
    hand = world.change(entry, told=False, tag=None, symbol="INFY")
    # Kite does not sort its book by time.
    old = replace(hand, order_id="B0", updated_at=world.now - timedelta(hours=1))
    world.read(rows=[hand, old])
    world.lose(entry)
    world.wait(130)
    # The later order was in an earlier read; this one brings nothing new.
    world.offer(
        BookRead(
            venue=Venue.LIVE, account=FATHER, rows=(), total=2, asked_at=world.now, at=world.now
        )
    )
    assert state_of(world, entry) is IntentState.ABSENT


def test_after_a_restart_the_one_that_is_named_is_followed_from_the_next_read_on():
    world, entry, rows = two_look_alike()
    world.read()
    token_of(world, the_offer(world, OfferKind.UNKNOWN))
    world.restart()
    offer = the_offer(world, OfferKind.UNKNOWN)
    assert press(world, offer, f"It is order …{rows[0][-6:]}").accepted
    assert world.state.children[entry.tag].order_id == rows[0]
    world.order_ids[entry.tag] = rows[0]
    world.change(
        entry, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(100)
    )
    world.read()
    assert world.held() == 10
    world.check_journal()


def test_while_an_entry_is_unknown_no_slice_of_the_same_key_leaves():
    world = World()
    world.allowances = {FATHER: Allowance(entries=1, total=2)}
    quantity = 75 * 48
    world.master(done("M1", quantity=quantity, symbol="NIFTY26DECFUT", exchange="NFO"))
    first = world.place()
    assert not world.pending
    world.lose(first)
    world.wait(5)
    assert not world.pending, "the second slice waits for what became of the first"
    world.answer(first, Acked(order_id=world.book_row(first).order_id))
    world.wait(1)
    assert world.place().quantity == first.quantity


def test_unresolved_orders_are_named_on_the_status_card():
    world, _entry = asked_about_entry()
    view = status_view(world.state, now=world.now)
    (father,) = [each for each in view.accounts if each.name == FATHER]
    assert father.unresolved == 1
    assert father.unresolved_names == ("BUY 10 SBIN",)
    assert view.open_offers == 1
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    press(world, the_offer(world, OfferKind.ENTRY), "Skip")
    view = status_view(world.state, now=world.now)
    (father,) = [each for each in view.accounts if each.name == FATHER]
    assert (father.unresolved, father.unresolved_names, view.open_offers) == (0, (), 0)


@pytest.mark.parametrize("leg", [Leg.ENTRY, Leg.EXIT])
def test_an_order_proved_absent_is_offered_again(leg):
    world = World()
    world.obliging = leg is Leg.EXIT
    world.master(done("M1"))
    world.obliging = False
    if leg is Leg.EXIT:
        world.wait(1)
        world.master(done("X1", "SELL"))
    lost = world.place()
    world.lose(lost)
    world.wait(60)
    world.master(done("M3", symbol="INFY"))
    world.ack_and_fill()
    read_every_second(world, 63)
    assert state_of(world, lost) is IntentState.ABSENT
    kind, label = (
        (OfferKind.ENTRY, "Copy again")
        if leg is Leg.ENTRY
        else (OfferKind.EXIT, "Send the exit again")
    )
    assert press(world, the_offer(world, kind), label).accepted
    assert world.place().quantity == 10


def test_the_day_ends_what_was_asked_about_it():
    world, entry = asked_about_entry()
    offer = the_offer(world, OfferKind.UNKNOWN)
    world.wait(20 * 3600, step=3600)
    assert offer.settled is not None
    assert "day has ended" in offer.settled.text
    assert state_of(world, entry) is IntentState.EXPIRED
    world.check_journal()


def test_a_settled_question_frees_the_key_for_the_next_entry():
    world, _entry = asked_about_entry()
    press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there")
    world.master(done("M2"))
    assert world.place().quantity == 10


def test_what_an_older_version_left_without_buttons_is_asked_about_at_the_start():
    world, entry = asked_about_entry()
    kinds = ("OfferOpened", "ButtonsMade")
    world.journal = [each for each in world.journal if each[0] not in kinds]
    world.state.offers.clear()
    world.state.open_offers.clear()
    world.restart()
    assert press(world, the_offer(world, OfferKind.UNKNOWN), "It is not there").accepted
    assert state_of(world, entry) is IntentState.ABSENT
    world.restart()
    assert not offered(world, OfferKind.UNKNOWN)


def test_a_read_of_the_same_moment_does_not_take_the_owners_own_order_for_ours():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    hand = world.book_row(entry)
    hand = world.change(entry, told=False, tag=None)
    world.lose(entry)
    world.wait(1)
    world.read(rows=[hand])
    assert state_of(world, entry) is IntentState.UNKNOWN
    ours = world.book_row(entry)
    world.wait(1)
    world.read()
    assert world.state.children[entry.tag].order_id == ours.order_id
