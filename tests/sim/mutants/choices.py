"""Entries that people are asked about, and the legs of spreads."""

import dataclasses

from msgspec.structs import replace

import engine.core.chat.offer_copy
import engine.core.planning.approval
import engine.core.planning.basket_margin
import engine.core.planning.baskets
import engine.core.planning.entry_checks
import engine.core.planning.offer_moot
import engine.core.planning.plan
import engine.core.planning.plan_entry
from engine.core.planning.hedges import LegState, hedges_of, leg_state
from engine.core.values.market import Side
from tests.sim.mutants.planting import Mutant, a_life, then, trouble
from tests.sim.sim_choices import SPREAD, spread
from tests.sim.sim_plan import Act, Plan


def a_spread_day(*acts: Act, **more) -> Plan:
    """Return a day of one follower whose sold options wait for their hedges."""
    return dataclasses.replace(a_life(*acts, **more), symbols=SPREAD, basket_ms=150)


def an_asked_day(*acts: Act | str) -> Plan:
    """Return a day of one follower who is asked first."""
    return dataclasses.replace(a_life(*acts), asks=(0,))


def makes_exits_wait_for_a_basket(patch) -> None:
    honest = engine.core.planning.plan.plan_exit

    def waits(turn, context) -> None:
        if context.instrument.kind.is_option and context.rules.basket_window:
            for hedge in hedges_of(turn.state, context, context.order):
                if leg_state(hedge.part) is not LegState.STANDS:
                    return
        honest(turn, context)

    patch.setattr(engine.core.planning.plan, "plan_exit", waits)


def sends_the_sold_leg_all_the_same(patch) -> None:
    honest = engine.core.planning.baskets.leg_state

    def blind(part):
        state = honest(part)
        return LegState.STANDS if state is LegState.GONE else state

    patch.setattr(engine.core.planning.baskets, "leg_state", blind)


def bounds_any_number_by_one(patch) -> None:
    def hedged(state, context, order, hedges) -> bool:
        return any(leg_state(each.part) is LegState.STANDS for each in hedges)

    patch.setattr(engine.core.planning.baskets, "is_hedged", hedged)


def sends_both_legs_at_once(patch) -> None:
    patch.setattr(engine.core.planning.entry_checks, "sold_leg_is_held_back", lambda *_: False)


def never_ends_the_window(patch) -> None:
    honest = engine.core.planning.entry_checks.sold_leg_is_held_back

    def forever(turn, context, order) -> bool:
        sold = order.row.side is Side.SELL and context.instrument.kind.is_option
        if sold and not hedges_of(turn.state, context, order):
            return True
        return honest(turn, context, order)

    patch.setattr(engine.core.planning.entry_checks, "sold_leg_is_held_back", forever)


def never_heeds_the_margin(patch) -> None:
    patch.setattr(engine.core.planning.basket_margin, "_is_short", lambda check: False)


def leaves_what_was_unwound(patch) -> None:
    patch.setattr(engine.core.planning.baskets, "_claim_filled", lambda *_: None)


def copies_after_he_left(patch) -> None:
    for room in (engine.core.chat.offer_copy, engine.core.planning.approval):
        patch.setattr(room, "is_still_in", lambda *_: True)
    patch.setattr(engine.core.planning.offer_moot, "why_moot", lambda *_: "")
    patch.setattr(engine.core.planning.approval, "joint_units", lambda slices: 5)
    patch.setattr(engine.core.chat.offer_copy, "joint_units", lambda slices: 5)
    honest = engine.core.planning.plan_entry.entry_wish

    def as_if_he_were_in(context, order, **more):
        wish = honest(context, order, **more)
        return replace(wish, quantity=5) if context.part.asked_at is not None else wish

    patch.setattr(engine.core.planning.plan_entry, "entry_wish", as_if_he_were_in)


def asks_nobody(patch) -> None:
    patch.setattr(engine.core.planning.entry_checks, "must_ask", lambda context: False)


CHOICES = (
    Mutant(
        name="exit waits for a basket",
        breaks="an exit of an option waits for the answer to a hedge, as a sold leg does",
        plant=makes_exits_wait_for_a_basket,
        plans=(
            a_spread_day(
                then("buy", symbol=SPREAD[0], lots=2),
                then("buy", symbol=SPREAD[1], lots=2, after=5.0),
                then("sell", symbol=SPREAD[0], lots=2, after=0.02),
                troubles=(trouble("margin", nth=2),),
            ),
        ),
        said="0 wanted, 130 held",
    ),
    Mutant(
        name="sold leg goes although the bought one was refused",
        breaks="a naked short is left where the hedge was refused",
        plant=sends_the_sold_leg_all_the_same,
        plans=(a_spread_day(*spread(), troubles=(trouble("margin"),)),),
        said="leaves though its hedge was refused",
    ),
    Mutant(
        name="a small hedge bounds whatever is sold",
        breaks="a bought lot that stands is taken for the hedge of five sold ones of which it was refused",
        plant=bounds_any_number_by_one,
        plans=(
            a_spread_day(
                then("sell", symbol=SPREAD[0]),
                then("buy", symbol=SPREAD[1], after=0.02),
                then("buy_limit", symbol=SPREAD[1], lots=1, ticks=-1, after=0.02),
                troubles=(trouble("margin", nth=2),),
            ),
        ),
        said="leaves though its hedge was refused",
    ),
    Mutant(
        name="sold leg does not wait for its hedge",
        breaks="both legs leave at once, whichever is answered first",
        plant=sends_both_legs_at_once,
        plans=(a_spread_day(*spread(sold_first=False)),),
        said="leaves before its hedge was acknowledged",
    ),
    Mutant(
        name="the window of a basket never ends",
        breaks="a sold option for which no hedge comes is never sent",
        plant=never_ends_the_window,
        plans=(a_spread_day(then("sell", symbol=SPREAD[0], lots=2)),),
        said="-130 wanted, 0 held",
    ),
    Mutant(
        name="a basket is sent although its margin is short",
        breaks="what the broker says a pair needs as margin is not heeded",
        plant=never_heeds_the_margin,
        plans=(a_spread_day(*spread(20), multiplier="6"),),
        said="needs more margin than is free",
    ),
    Mutant(
        name="what was bought is not unwound",
        breaks="the bought leg stays although it was said to be sold again",
        plant=leaves_what_was_unwound,
        plans=(
            dataclasses.replace(
                a_spread_day(*spread(), then("wait", pick=4), troubles=(trouble("margin", nth=2),)),
                unwind=True,
            ),
        ),
        said="was to be unwound",
    ),
    Mutant(
        name="offer copied after the master left",
        breaks="an approval that comes too late enters what the master has left",
        plant=copies_after_he_left,
        plans=(an_asked_day("buy", then("sell", after=4.0), then("approve", after=3.0)),),
        said="leaves after the master has left",
    ),
    Mutant(
        name="an entry that nobody approved",
        breaks="an entry of a follower who wants to be asked leaves by itself",
        plant=asks_nobody,
        plans=(an_asked_day("buy"),),
        said="leaves though nobody has approved it",
    ),
)
