"""Modify a resting child: one in flight, the latest wish next, and only while it may be.

An unclear answer is settled from the book (``planning/settled_changes.py``), counts towards Kite's 25, and never
holds back a cancel.
"""

from datetime import timedelta

from msgspec.structs import replace

from engine.core.state.cancels import want_cancel
from engine.core.state.turn import BUDGET_TICK, Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import Modify, Priority, RefusalKind
from engine.core.values.copy_wishes import ChangeWish
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderStatus, OrderType, Venue
from engine.core.values.terms import Terms

#: Modifications Kite takes per order; the next is refused, a cancel is not (Kite forum, discussions
#: 9201 and 9212).
MOST_CHANGES = 25
#: A refused change ("being processed") is tried again only after a read, and not sooner.
REPEAT_AFTER = timedelta(seconds=1)

#: Refusals of these very terms: the child keeps its old ones until others are wanted.
NOT_AS_IT_IS = frozenset({RefusalKind.TRIGGER, RefusalKind.PRICE, RefusalKind.NO_MARKET})


def want_change(turn: Turn, child: Child, terms: Terms, *, step: int) -> None:
    """Bring a live child to new terms by the one write that is due now, if any."""
    if child.state is IntentState.PLANNED or child.unchangeable or child.changes >= MOST_CHANGES:
        want_cancel(turn, child)
        return
    order_id = child.order_id
    if order_id is None or child.has_ended:
        return
    if _is_cut_in_vain(child, terms):
        cut = cut_to(child, terms.quantity)
        refused = _refused_as_it_is(child, cut)
        if refused is not None:
            if _is_looked_at(turn, child, refused):
                want_cancel(turn, child)
            return
        terms = cut
    if not _is_due(turn, child, terms):
        return
    if child.key.venue is Venue.LIVE and not turn.may_send(child.key.follower, entry=False):
        # With the next second's budget it goes before what is planned: no new order may take its place.
        turn.wake(child.key, turn.at + BUDGET_TICK)
        return
    if step != child.step:
        turn.emit(r.StepTaken(tag=child.tag, step=step, at=turn.at))
    _send(turn, child, terms, order_id)
    turn.child_card(child)


def _is_due(turn: Turn, child: Child, terms: Terms) -> bool:
    change = child.change
    if change is None or change.state is IntentState.ACKED or change.state is IntentState.ABSENT:
        return True
    if change.state in (IntentState.SENDING, IntentState.UNKNOWN):
        turn.wake(child.key, turn.at + REPEAT_AFTER)
        if change.state is IntentState.UNKNOWN:
            turn.reads.add(child.key.follower)
        return False
    return _refused_as_it_is(child, terms) is None and _is_looked_at(turn, child, change)


def _is_looked_at(turn: Turn, child: Child, change: ChangeWish) -> bool:
    """Return whether the book was read since the newest change was asked, and a second has passed."""
    account = turn.state.account(child.key.follower)
    due = change.asked_at + REPEAT_AFTER
    if turn.at < due or account.book_version <= change.asked_version:
        turn.wake(child.key, max(due, turn.at + REPEAT_AFTER))
        turn.reads.add(child.key.follower)
        return False
    return True


def _refused_as_it_is(child: Child, terms: Terms) -> ChangeWish | None:
    """Return the newest change where these very terms were refused by it; None otherwise."""
    change = child.change
    refused = change is not None and change.refusal in NOT_AS_IT_IS and change.terms == terms
    return change if refused else None


def _is_cut_in_vain(child: Child, terms: Terms) -> bool:
    """Whether a reduction was refused as it is: the order must not stay larger than it may be.

    It is cut where it stands; if that is refused too it is cancelled, and what is wanted then placed anew.
    """
    if terms.quantity >= child.terms.quantity:
        return False
    cut = cut_to(child, terms.quantity)
    return any(_refused_as_it_is(child, each) is not None for each in (terms, cut))


def is_triggered(child: Child) -> bool:
    """Return whether a stop of ours works as what it was to become; what never was a stop has no trigger."""
    row = child.sighting.row if child.sighting else None
    stop = child.terms.trigger_price
    # A limit that is to become a stop may be shown as the limit for a while.
    return (
        stop is not None
        and row is not None
        and row.status is OrderStatus.OPEN
        and row.trigger_price == stop
    )


def as_it_works(child: Child, terms: Terms) -> Terms:
    """Return the terms in the form in which the broker takes them as a change.

    A stop that has triggered is a limit to the exchange, and is changed as one: with its type and trigger
    sent along it is refused, since the market is past that trigger. SL and SL-M may become LIMIT, the
    reverse is refused (Kite forum comment 6185). Of an SL-M the limit is what the broker made of it.
    """
    row = child.sighting.row if child.sighting else None
    if terms == child.terms or not is_triggered(child) or terms.trigger_price is None:
        return terms
    price = terms.price or (row.price if row else None)
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    return replace(terms, order_type=kind, price=price, trigger_price=None)


def cut_to(child: Child, quantity: int) -> Terms:
    """Return the terms a child has, at another quantity, units."""
    return as_it_works(child, replace(child.terms, quantity=quantity))


def _is_cut(child: Child, terms: Terms) -> bool:
    """Return whether terms are a reduction where the order stands: stops and pauses let nothing else through."""
    return terms.quantity < child.terms.quantity and terms == cut_to(child, terms.quantity)


def _send(turn: Turn, child: Child, terms: Terms, order_id: OrderId) -> None:
    state = turn.state
    intent_id = f"{child.tag}m{child.changes + 1}"
    turn.emit(
        r.ChangeMoved(
            tag=child.tag,
            intent_id=intent_id,
            state=IntentState.SENDING,
            terms=terms,
            at=turn.at,
            book_version=state.account(child.key.follower).book_version,
        )
    )
    protected = terms.order_type in (OrderType.MARKET, OrderType.SL_M)
    rules = state.rules[child.key.follower]
    turn.sends.append(
        Modify(
            intent_id=intent_id,
            venue=child.key.venue,
            follower=child.key.follower,
            priority=Priority.MODIFY if child.leg is Leg.ENTRY else Priority.EXIT,
            mode_epoch=state.mode_epoch,
            order_id=order_id,
            enters=child.leg is Leg.ENTRY and not _is_cut(child, terms),
            variety=child.command.variety,
            order_type=terms.order_type,
            quantity=terms.quantity,
            price=terms.price,
            trigger_price=terms.trigger_price,
            market_protection=rules.market_protection if protected else None,
        )
    )
