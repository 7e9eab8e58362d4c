"""Days of followers who want to be asked first, and of spreads of options whose legs go in their order.

They are the days of `sim_life` with another setting and more acts, from a stream of chance of their own.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from engine.core.planning.hedges import LegState, covers, leg_state
from engine.core.state.latches import is_given_up
from engine.core.state.ledger import entry_quantity
from engine.core.state.state import MasterOrder, State
from engine.core.values import control as c
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import Leg
from engine.core.values.margins import MarginCheck
from engine.core.values.market import Side
from engine.core.values.notices import SkipReason
from engine.core.values.offers import Offer, OfferKind
from tests.sim.sim_life import life_of
from tests.sim.sim_plan import Act, Plan, Trouble

#: The option that is sold and the one that is bought as its hedge, by their numbers.
SPREAD = (6, 10)
#: What a person does with an offer: which of its buttons.
PRESSES = {"approve": 0, "decline": 1, "ask_price": 2}
_BETWEEN_LEGS = (0.0, 0.02, 0.1, 0.4)


def choices_of(seed: int) -> Plan:
    """Return the life of a seed in which people approve entries, or the master trades spreads, or both."""
    plan, rng = life_of(seed), random.Random(f"{seed}:choices")
    what = rng.choices(("asked", "spreads", "both"), (3, 3, 1))[0]
    if what != "asked":
        plan = _with_spreads(plan, rng)
    if what != "spreads":
        plan = _asked(plan, rng)
    return plan


def _asked(plan: Plan, rng: random.Random) -> Plan:
    followers = range(len(plan.multipliers))
    asks = tuple(n for n in followers if rng.random() < 0.6) or (0,)
    acts = list(plan.acts)
    for _ in range(rng.randint(2, 7)):
        press = Act(
            after=rng.choice((0.4, 2.5, 2.5, 6.0)),
            kind=rng.choices(list(PRESSES), (5, 1, 1))[0],
            pick=rng.randint(0, 9),
        )
        acts.insert(rng.randint(1, _most(acts)), press)
    return replace(plan, acts=tuple(acts), asks=asks)


def _with_spreads(plan: Plan, rng: random.Random) -> Plan:
    acts = [replace(act, symbol=rng.choice(SPREAD)) for act in plan.acts]
    for _ in range(rng.randint(1, 4)):
        at, lots = rng.randint(1, _most(acts)), rng.choice((1, 2, 5))
        acts[at:at] = spread(lots, between=rng.choice(_BETWEEN_LEGS), sold_first=rng.random() < 0.5)
    refused = tuple(
        Trouble("margin", rng.randint(1, len(plan.multipliers)), "place", rng.randint(1, 5))
        for _ in range(rng.choice((0, 1, 2)))
    )
    if rng.random() < 0.5:
        # The first order of the day is a spread, of which one leg is refused.
        acts[0:0] = spread(2, between=rng.choice(_BETWEEN_LEGS), sold_first=rng.random() < 0.5)
        refused = (Trouble("margin", 1, "place", rng.choice((1, 2, 2))), *refused)
    plan = replace(plan, troubles=(*plan.troubles, *refused))
    return replace(plan, symbols=SPREAD, acts=tuple(acts), basket_ms=150, unwind=rng.random() < 0.5)


def spread(lots: int = 2, *, between: float = 0.02, sold_first: bool = True) -> tuple[Act, Act]:
    """Return a credit spread of the master: both legs at the market."""
    sold, bought = (
        Act(after=1.0, kind=kind, symbol=symbol, lots=lots)
        for kind, symbol in zip(("sell", "buy"), SPREAD, strict=True)
    )
    first, second = (sold, bought) if sold_first else (bought, sold)
    return first, replace(second, after=between)


def _most(acts: Sequence[Act]) -> int:
    """Return before which act something may be put: not after the close or the night."""
    return max(
        1, next((n for n, act in enumerate(acts) if act.kind in ("close", "night")), len(acts))
    )


def offer_to_press(state: State, pick: int) -> Offer | None:
    """Return one of the open offers to approve an entry; None where there is none."""
    offers = [o for o in state.open_offers.values() if o.question.kind is OfferKind.APPROVAL]
    return offers[pick % len(offers)] if offers else None


def press(offer: Offer, kind: str) -> tuple[c.MakeButtons, c.Choose]:
    """Return what the chat asks when a button is drawn and then pressed."""
    token = f"sim-{offer.offer_id}"
    return (
        c.MakeButtons(offer_id=offer.offer_id, token=token),
        c.Choose(token=token, choice=PRESSES[kind]),
    )


def look_at_choice(state: State, child: Child, broken: Callable[[str], None]) -> None:
    """Look at an entry as it leaves: somebody approved it while he was in, and its margin is there."""
    rules = state.rules[child.key.follower]
    book = state.book(child.key)
    part = book.parts.get(child.master_order_id) if book else None
    order = state.master_order(child.master_order_id)
    if part is None or order is None or part.sync is not None:
        return
    if rules.ask_first and part.asked_at is None:
        broken(f"entry {child.tag} leaves though nobody has approved it")
    if part.asked_at is not None and _has_left(state, child, order):
        broken(f"entry {child.tag} leaves after the master has left")
    if part.margin is not None and _is_short_of(part.margin, part, child):
        broken(f"entry {child.tag} leaves though its basket needs more margin than is free")


def _is_short_of(check: MarginCheck, part: CopyPart, child: Child) -> bool:
    """Whether the broker had said, of a leg of just the size that leaves, that the basket needs more than is free."""
    if check.needed is None or check.free is None or check.needed <= check.free:
        return False
    sizes = {leg.quantity for leg in check.legs if leg.symbol == child.key.symbol}
    slices = [each for each in part.of(Leg.ENTRY) if each.generation == 0]
    return sum(each.command.quantity for each in slices) in sizes


def look_at_unwound(book: KeyBook, broken: Callable[[str], None]) -> None:
    """In peace nothing is held of bought legs that were to be sold again, where nothing else was bought."""
    unwound = [
        part
        for part in book.parts.values()
        if (known := part.skips.get(Leg.ENTRY)) is not None and known.reason is SkipReason.UNWOUND
    ]
    others = any(part.of(Leg.ENTRY) for part in book.parts.values() if part not in unwound)
    exits = [exit_ for part in unwound for exit_ in part.of(Leg.EXIT)]
    # One that was lost on the way may have left: it is never sent again, and a person is told of it at once.
    told = any(is_given_up(each) or each.state.is_unresolved for each in exits)
    if unwound and not others and not told and book.held > 0:
        broken(f"{book.key.follower}: {book.held} {book.key.symbol} was to be unwound and is held")


def _has_left(state: State, child: Child, order: MasterOrder) -> bool:
    net = state.master[child.key.master].net
    return order.row.status.is_terminal and net * child.side.sign <= 0


def look_at_hedges(state: State, child: Child, broken: Callable[[str], None]) -> None:
    """Look at a sold option as it is decided to leave: what stands bounds it, or nothing more is to come or was refused.

    As it is decided: of two orders of his that are told in one breath the second is not known yet.
    """
    rules, book = state.rules[child.key.follower], state.book(child.key)
    order = state.master_order(child.master_order_id)
    part = book.parts.get(child.master_order_id) if book else None
    sold = state.instruments.find(child.key.exchange, child.key.symbol)
    if part is None or order is None or sold is None or part.sync or part.asked_at is not None:
        return
    if child.side is not Side.SELL or not sold.kind.is_option or not rules.basket_window:
        return
    near = [
        other
        for other in _options(state, child)
        if other.order.row.side is Side.BUY
        and covers(other.instrument, sold)
        and abs(other.order.seen_at - order.seen_at) <= rules.basket_window
        and not other.order.exit_filled
        and other.part.of(Leg.ENTRY)
    ]
    # The answer to the buy is waited for and not its fill (docs/configuration.md): one that rests with his stands.
    stand = [each for each in near if leg_state(each.part) is LegState.STANDS]
    bought = [each for each in near if each.order.entry_filled]
    others = [
        other
        for other in _options(state, child)
        if other.order.row.side is Side.SELL
        and other.order is not order
        and (other.part.filled(Leg.ENTRY) or other.part.outstanding(Leg.ENTRY))
        and any(
            covers(each.instrument, other.instrument)
            and abs(each.order.seen_at - other.order.seen_at) <= rules.basket_window
            for each in stand
        )
    ]
    left = sum(each.units for each in stand) - sum(each.units for each in others)
    if child.generation or left >= entry_quantity(state.master[child.key.master], order):
        return
    if any(leg_state(each.part) is LegState.GONE for each in bought):
        broken(f"sold leg {child.tag} leaves though its hedge was refused")
    if any(leg_state(each.part) is LegState.COMING for each in bought):
        broken(f"sold leg {child.tag} leaves before its hedge was acknowledged")


class _Option(NamedTuple):
    """A follower's part in an order of the master for an option, and how much of it he has entered or works."""

    instrument: Instrument
    order: MasterOrder
    part: CopyPart
    units: int


def _options(state: State, child: Child) -> Iterator[_Option]:
    """Yield a follower's parts in the master's orders for options of one product."""
    for at, position in state.master.items():
        instrument = state.instruments.find(at.exchange, at.symbol)
        book = state.books.get(at, {}).get((child.key.venue, child.key.follower))
        if instrument is None or book is None or at.product is not child.key.product:
            continue
        for order_id, order in position.orders.items():
            if instrument.kind.is_option and order_id in book.parts:
                units = entry_quantity(position, order)
                yield _Option(instrument, order, book.parts[order_id], units)
