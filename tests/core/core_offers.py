"""Offers as people see them: which are open, what their buttons say, and a press."""

from engine.core.planning.approval import BURST
from engine.core.values import control as c
from engine.core.values.events import Asked
from engine.core.values.market import OrderType, Venue
from engine.core.values.offers import Offer, OfferKind
from tests.core.core_world import OWNER, World, a_follower, done

SON = c.Requester(user_id=2, name="son")


def the_offer(world: World, kind: OfferKind) -> Offer:
    """Return the only open offer of a kind."""
    (offer,) = [each for each in world.state.open_offers.values() if each.question.kind is kind]
    return offer


def offered(world: World, kind: OfferKind) -> list[Offer]:
    """Return the open offers of a kind."""
    return [each for each in world.state.open_offers.values() if each.question.kind is kind]


def labels(offer: Offer) -> list[str]:
    return [choice.label for choice in offer.question.choices]


def token_of(world: World, offer: Offer) -> str:
    """Have a message made with the offer's buttons, as the chat does."""
    token = f"digest-{offer.offer_id}-{len(offer.tokens)}"
    assert world.ask(c.MakeButtons(offer_id=offer.offer_id, token=token)).accepted
    return token


def press(
    world: World,
    offer: Offer,
    label: str,
    *,
    by: c.Requester = OWNER,
    update_id: int | None = None,
) -> c.Reply:
    """Press a button; each press is an update of its own unless told."""
    token = offer.tokens[0] if offer.tokens else token_of(world, offer)
    world._updates += 1
    choice = labels(offer).index(label)
    event = Asked(
        request=c.Choose(token=token, choice=choice), by=by,
        update_id=world._updates if update_id is None else update_id,
        sent_at=None, at=world.now,
    )  # fmt: skip
    reply = world.offer(event).reply
    assert reply is not None
    return reply


#: For a follower who is asked first.
ASKS = {"ask_first": True}
#: Seconds after which what comes in slices is asked about.
GATHERED = BURST.total_seconds() + 0.5


def asked(*, order=None, venue=Venue.LIVE, prices=None, **rules) -> World:
    """Return a world in which an order of the master has just been put to people."""
    world = World(a_follower(**ASKS, **rules), venue=venue)
    world.wait(1, **(prices or {}))
    world.master(order or done("M1", price=100, order_type=OrderType.MARKET))
    world.wait(GATHERED)
    return world
