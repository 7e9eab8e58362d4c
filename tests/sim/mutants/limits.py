"""Limits on entries: one that traps, one that is off by one, and what a cut or a restart forgets."""

import dataclasses
from fractions import Fraction

from msgspec.structs import replace

import engine.core.planning.entry_checks
import engine.core.planning.limited
import engine.core.planning.plan
import engine.core.planning.plan_exit
import engine.core.risk.exposure
import engine.core.risk.gates
from engine.core.planning.children import plan_children
from engine.core.risk.exposure import over_limits
from engine.core.risk.gates import key_gate
from engine.core.risk.limits import Used
from engine.core.values.keys import Leg, row_key
from engine.core.values.rules import FollowerRules
from tests.sim.mutants.planting import Mutant, a_life, then
from tests.sim.sim_plan import Death, Limit, Plan


def a_limited_life(limit: Limit, *acts, multiplier: str = "1", deaths=()) -> Plan:
    """Return a day of one follower with a limit; a bare word is an act on five shares."""
    return dataclasses.replace(a_life(*acts, multiplier=multiplier, deaths=deaths), limits=(limit,))


def asks_about_exits(patch) -> None:
    def asked(turn, context, leg, wish, units) -> None:
        over = over_limits(
            turn.state, context.rules, context.key, context.instrument, side=wish.side,
            price=wish.price, units=units, now=units,
        )  # fmt: skip
        if leg is not Leg.EXIT or over is None:
            plan_children(turn, context, leg, wish, units)

    patch.setattr(engine.core.planning.plan_exit, "plan_children", asked)


def moves_the_limits(by: int):
    def plant(patch) -> None:
        honest = engine.core.risk.exposure.tightest

        def off(rules: FollowerRules, entry, used):
            units, orders = rules.max_order_quantity, rules.max_orders_per_day
            positions, unit = rules.max_open_positions, entry.price or 0
            order, position = rules.max_order_value, rules.max_position_value
            moved = replace(
                rules,
                max_order_quantity=units and units + by,
                max_orders_per_day=orders and orders + by,
                max_open_positions=positions and positions + by,
                max_order_value=order and order + by * unit,
                max_position_value=position and position + by * unit,
            )
            return honest(moved, entry, used)

        patch.setattr(engine.core.risk.exposure, "tightest", off)

    return plant


def asks_lists_about_exits(patch) -> None:
    honest = engine.core.planning.plan.plan_exit

    def gated(turn, context) -> None:
        since = replace(context.rules, symbols_block=("NSE:*",))
        if key_gate(turn.state, since, row_key(context.order.row)) is None:
            honest(turn, context)

    patch.setattr(engine.core.planning.plan, "plan_exit", gated)


def forgets_the_lists(patch) -> None:
    patch.setattr(engine.core.risk.gates, "_owner_gate", lambda rules, key: None)


def turns_the_allow_list_round(patch) -> None:
    patch.setattr(FollowerRules, "allows", lambda rules, exchange, symbol: not rules.symbols_allow)


def loses_the_carry_of_a_cut(patch) -> None:
    honest = engine.core.planning.limited._limited

    def limited(turn, context, most, amount: Fraction, detail):
        return honest(turn, context, most, amount - context.part.carry, detail)

    patch.setattr(engine.core.planning.limited, "_limited", limited)


def counts_the_orders_of_this_run(patch) -> None:
    honest = engine.core.risk.exposure.used_by

    def used(state, venue, follower) -> Used:
        began = state.started_at
        orders = sum(
            child.leg is Leg.ENTRY and began is not None and child.planned_at >= began
            for child in state.children.values()
            if (child.key.venue, child.key.follower) == (venue, follower)
        )
        return replace(honest(state, venue, follower), orders=orders)

    patch.setattr(engine.core.risk.exposure, "used_by", used)


def cuts_only_the_first_time(patch) -> None:
    honest = engine.core.planning.entry_checks.is_limited

    def once(turn, context, order, wish, units, *, new) -> bool:
        return new and honest(turn, context, order, wish, units, new=new)

    patch.setattr(engine.core.planning.entry_checks, "is_limited", once)


def counts_only_what_is_held(patch) -> None:
    patch.setattr(engine.core.risk.exposure, "_is_open", lambda book: bool(book.held))


ORDERS = Limit(of="max_orders_per_day", most=1)
UNITS = Limit(of="max_order_quantity", most=5)
POSITIONS = Limit(of="max_open_positions", most=1)
CUT = Limit(of="max_order_quantity", most=4, cut=True)
ORDER_VALUE, POSITION_VALUE = (
    Limit(of=f"max_{what}_value", most=2_000) for what in ("order", "position")
)
#: One share of what a limit order buys costs a little less than a thousand rupees.
ONE, TWO, THREE = (then("buy_limit", lots=lots, ticks=5) for lots in (1, 2, 3))
ROW = (then("buy", lots=1), then("buy", lots=21)) * 3

LIMITS = (
    Mutant(
        name="limit blocks an exit",
        breaks="a limit on entries is asked about an exit too",
        plant=asks_about_exits,
        plans=(a_limited_life(ORDERS, "buy", "sell"),),
        said="are left and nobody was told",
    ),
    *(
        Mutant(
            name=f"limit blocks an exit: {what}",
            breaks=f"{what} is asked about an exit of what it let in",
            plant=asks_about_exits,
            plans=(a_limited_life(limit, *entries, then("sell", lots=lots)),),
            said="are left and nobody was told",
        )
        for what, limit, entries, lots in (
            ("MAX_ORDER_QUANTITY", UNITS, ("buy", "buy"), 10),
            ("MAX_ORDER_VALUE", ORDER_VALUE, (TWO, TWO), 4),
            ("MAX_POSITION_VALUE", POSITION_VALUE, (TWO, then("price", ticks=400)), 2),
        )
    ),
    Mutant(
        name="lists and segments block an exit",
        breaks="what its owner has put on his block list since it was entered is not exited",
        plant=asks_lists_about_exits,
        plans=(a_life("buy", "sell"),),
        said="are left and nobody was told",
    ),
    *(
        Mutant(
            name=f"not asked: {words.split()[0]}",
            breaks=f"an entry leaves though `{words}` keeps it out",
            plant=forgets_the_lists,
            plans=(dataclasses.replace(a_life("buy"), lists=(words,)),),
            said="in NSE:SBIN, which is not entered",
        )
        for words in ("block NSE:SBIN", "allow NFO:*", "segments NFO,MCX")
    ),
    Mutant(
        name="the allow list is turned round",
        breaks="what the list allows is what is left out",
        plant=turns_the_allow_list_round,
        plans=(dataclasses.replace(a_life("buy"), lists=("allow NSE:*",)),),
        said="is left out and may be entered",
    ),
    Mutant(
        name="limit off by one: >= for >",
        breaks="what is exactly at a limit is left out",
        plant=moves_the_limits(-1),
        plans=(a_limited_life(UNITS, "buy"),),
        said="left out or cut inside its limit",
    ),
    Mutant(
        name="limit off by one: one unit too many",
        breaks="an entry one unit over its limit leaves",
        plant=moves_the_limits(1),
        plans=(a_limited_life(UNITS, then("buy", lots=6)),),
        said="6 units, over 5",
    ),
    Mutant(
        name="limit off by one: an order worth one share too much",
        breaks="an entry that is worth one share more than MAX_ORDER_VALUE leaves",
        plant=moves_the_limits(1),
        plans=(a_limited_life(ORDER_VALUE, THREE),),
        said="over 2000",
    ),
    Mutant(
        name="limit off by one: a position worth one share too much",
        breaks="a position grows by one share over MAX_POSITION_VALUE",
        plant=moves_the_limits(1),
        plans=(a_limited_life(POSITION_VALUE, TWO, ONE),),
        said="a position of 3 at",
    ),
    Mutant(
        name="limit off by one: one order a day too many",
        breaks="one entry order more than the day allows leaves",
        plant=moves_the_limits(1),
        plans=(a_limited_life(ORDERS, "buy", "buy"),),
        said="is the 2th of a day of 1",
    ),
    Mutant(
        name="limit off by one: one position too many",
        breaks="one position more than the limit is opened",
        plant=moves_the_limits(1),
        plans=(a_limited_life(POSITIONS, "buy", then("buy", symbol=1, lots=1)),),
        said="opens a position beside 1, of 1",
    ),
    Mutant(
        name="carry lost after a cut",
        breaks="the fraction owed before an order that is cut is forgotten with it",
        plant=loses_the_carry_of_a_cut,
        plans=(a_limited_life(CUT, *ROW, multiplier="0.5"),),
        said="wanted, 12 held",
    ),
    Mutant(
        name="orders of the day forgotten by a restart",
        breaks="MAX_ORDERS_PER_DAY counts from the last start, not from the morning",
        plant=counts_the_orders_of_this_run,
        plans=(
            a_limited_life(
                ORDERS, "buy", then("wait", pick=4), "buy", deaths=(Death(where="time", n=6),)
            ),
        ),
        said="is the 2th of a day of 1",
    ),
    Mutant(
        name="a raise gets round a limit",
        breaks="a modification makes an entry larger than its limit",
        plant=cuts_only_the_first_time,
        plans=(
            a_limited_life(
                UNITS, then("buy_limit", ticks=-8), then("resize", lots=10, pick=1, ticks=5)
            ),
        ),
        said="units, over 5",
    ),
    Mutant(
        name="what works is not counted",
        breaks="MAX_OPEN_POSITIONS counts holdings and not entries on their way",
        plant=counts_only_what_is_held,
        plans=(
            a_limited_life(
                POSITIONS, then("buy_limit", ticks=-8), then("buy", symbol=1, lots=1)
            ),
        ),
        said="opens a position beside 1, of 1",
    ),
)  # fmt: skip
