"""Whose is an order without a tag? What the book and the socket have shown of it before tells."""

from decimal import Decimal

from msgspec.structs import replace

from engine.core.values.events import RowHinted
from engine.core.values.intents import IntentState
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Venue
from engine.core.values.offers import OfferKind
from engine.core.values.orders import OrderRow
from tests.core.core_offers import labels, press, the_offer
from tests.core.core_readers import state_of
from tests.core.core_world import FATHER, World, an_order, done


def read_every_second(world: World, seconds: int) -> None:
    for _ in range(seconds):
        world.wait(1)
        world.read()


def lost_beside_a_tag() -> tuple[World, object]:
    """An entry of ours has its tag in the book; the next one has no answer."""
    world = World()
    world.master(done("M1", symbol="INFY"))
    world.ack_and_fill()
    world.master(done("M1", symbol="INFY"), done("M2"))
    entry = world.place()
    world.lose(entry)
    return world, entry


def bought_by_hand(world: World, **changed: object) -> OrderRow:
    """The owner buys just what our entry was to buy, in the second after it left."""
    world.sleep(1)
    own = OrderRow(
        order_id=OrderId("OWN"), status=OrderStatus.COMPLETE, status_text="COMPLETE",
        exchange="NSE", symbol="SBIN", side=Side.BUY, order_type=OrderType.MARKET,
        product=Product.MIS, quantity=10, filled_quantity=10, average_price=Decimal(100),
        placed_at=world.now, updated_at=world.now,
    )  # fmt: skip
    own = replace(own, **changed)
    world.rows[FATHER][own.order_id] = own
    return own


def told_by_the_socket(world: World, row: OrderRow) -> None:
    world.offer(RowHinted(venue=Venue.LIVE, account=FATHER, row=row, at=world.now, trusted=True))


def lose_all_tags(world: World) -> None:
    for order_id, row in world.rows[FATHER].items():
        world.rows[FATHER][order_id] = replace(row, tag=None)


def test_his_own_order_is_not_taken_for_ours_in_a_book_that_shows_our_tags():
    world, entry = lost_beside_a_tag()
    bought_by_hand(world)
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.held() == 0
    # Nor when the broker loses all tags later on.
    lose_all_tags(world)
    read_every_second(world, 5)
    assert state_of(world, entry) is IntentState.UNKNOWN


def test_after_two_minutes_a_person_is_asked_about_it_and_no_book_proves_ours_absent():
    world, entry = lost_beside_a_tag()
    bought_by_hand(world)
    read_every_second(world, 130)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    (alert,) = world.alerts("does not carry its tag")
    assert "look in Kite whether you placed that one yourself" in alert.text
    offer = the_offer(world, OfferKind.UNKNOWN)
    assert labels(offer) == ["It is order …OWN", "It is not that one"]
    assert press(world, offer, "It is not that one").accepted
    assert state_of(world, entry) is IntentState.ABSENT
    assert not world.pending
    world.check_journal()


def test_ours_is_adopted_beside_it_when_it_shows_late():
    world, entry = lost_beside_a_tag()
    bought_by_hand(world)
    read_every_second(world, 50)
    ours = world.book_row(entry)
    world.read()
    assert world.state.children[entry.tag].order_id == ours.order_id


def test_the_socket_has_told_it_without_a_tag_and_others_with_theirs():
    world, entry = lost_beside_a_tag()
    told_by_the_socket(world, bought_by_hand(world))
    lose_all_tags(world)
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.held() == 0


def test_an_order_that_was_seen_with_a_tag_of_its_own_is_never_ours():
    world, entry = lost_beside_a_tag()
    bought_by_hand(world, tag="HISAPP")
    read_every_second(world, 2)
    lose_all_tags(world)
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN


def test_a_market_order_is_not_taken_for_a_stop_of_ours():
    world = World()
    world.master(
        an_order("M1", order_type=OrderType.SL_M, trigger_price=Decimal(105),
                 status=OrderStatus.TRIGGER_PENDING)
    )  # fmt: skip
    entry = world.place()
    assert entry.trigger_price == Decimal(105)
    world.lose(entry)
    bought_by_hand(world)
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN


def test_his_market_order_is_not_taken_for_a_limit_of_ours_at_the_price_that_kite_gave_it():
    """Both were sent into the same spread: Kite turns his MARKET order into a LIMIT at its own band."""
    world = World()
    world.master(an_order("M1", price="101"))
    entry = world.place()
    world.lose(entry)
    bought_by_hand(
        world, order_type=OrderType.LIMIT, price=Decimal(101), tags=("mktp", "mktp:1.00")
    )
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.held() == 0


def test_an_order_that_kept_kites_own_tags_is_asked_about_and_not_taken_for_ours():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    bought_by_hand(world, order_type=OrderType.LIMIT, price=Decimal(101), tags=("mktp",))
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    read_every_second(world, 70)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    assert world.alerts("does not carry its tag")


def test_what_was_seen_of_his_own_order_is_known_after_a_restart_too():
    """The next life finds a book without any tag, in which his order alone looks like ours."""
    world, entry = lost_beside_a_tag()
    told_by_the_socket(world, bought_by_hand(world))
    read_every_second(world, 2)
    lose_all_tags(world)
    world.restart()
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.held() == 0
    read_every_second(world, 70)
    assert state_of(world, entry) is IntentState.NEEDS_HUMAN
    world.check_journal()


def test_what_the_socket_alone_told_of_his_own_order_is_known_after_a_restart_too():
    world, entry = lost_beside_a_tag()
    own = bought_by_hand(world)
    told_by_the_socket(world, replace(own, tag="HISAPP", order_id=OrderId("OTHER")))
    lose_all_tags(world)
    told_by_the_socket(world, own)
    world.restart()
    read_every_second(world, 60)
    assert state_of(world, entry) is IntentState.UNKNOWN
    assert world.held() == 0
