"""Entries that are too many, too large, too late or not allowed."""

import dataclasses
from fractions import Fraction

from msgspec.structs import replace

import engine.core.observe.taking_part
import engine.core.planning.entry_checks
import engine.core.planning.entry_owed
import engine.core.planning.plan
import engine.core.planning.plan_entry
import engine.core.planning.wanted
import engine.core.risk.gates
import engine.core.state.fold_day
from engine.core.state.fold import _APPLY
from engine.core.state.fold_day import _owe_since_yesterday
from engine.core.values.market import Product
from engine.core.values.records import DayOpened
from tests.sim.mutants.planting import Mutant, a_life, resting, then, trouble
from tests.sim.sim_plan import Act, Death

#: Lots of a future, of which half a lot each is owed.
ODD = tuple(Act(after=1.0, kind="buy", symbol=1, lots=1) for _ in range(5))
SMALL_THEN_LARGE = (
    Act(after=1.0, kind="buy_limit", symbol=1, lots=1, ticks=-8),
    Act(after=1.0, kind="buy_limit", symbol=1, lots=2, ticks=-8),
)


def places_again_after_a_refusal(patch) -> None:
    patch.setattr(engine.core.planning.plan_entry, "is_latched", lambda child: False)


def goes_on_behind_an_unknown(patch) -> None:
    patch.setattr(engine.core.planning.entry_checks, "must_come_first", lambda *_: False)
    patch.setattr(engine.core.planning.plan, "_beside_unknown", lambda *_: False)


def carries_twice(patch) -> None:
    honest = engine.core.planning.wanted.entry_units

    def twice(*, carry: Fraction, **more) -> int:
        return honest(carry=2 * carry, **more)

    patch.setattr(engine.core.planning.wanted, "entry_units", twice)


def carries_nothing(patch) -> None:
    for room in (engine.core.observe.taking_part, engine.core.planning.entry_owed):
        patch.setattr(room, "carry_of", lambda *_, **__: Fraction(0))


def forgets_that_it_was_stopped(patch) -> None:
    patch.setattr(engine.core.risk.gates, "_mode_gate", lambda state, rules: None)


def forgets_the_kill_switch(patch) -> None:
    honest = engine.core.risk.gates.moment_gate

    def blind(state, rules, venue, *, at):
        killed, state.killed = state.killed, False
        verdict = honest(state, rules, venue, at=at)
        state.killed = killed
        return verdict

    for room in (engine.core.planning.plan, engine.core.planning.entry_checks):
        patch.setattr(room, "moment_gate", blind)


def enters_however_late(patch) -> None:
    patch.setattr(engine.core.planning.entry_checks, "_too_old", lambda *_: None)
    honest = engine.core.planning.plan_entry.plan_children

    def patient(turn, context, leg, wish, units) -> None:
        rules = replace(context.rules, max_entry_age=context.rules.max_entry_age * 100)
        honest(turn, replace(context, rules=rules), leg, wish, units)

    patch.setattr(engine.core.planning.plan_entry, "plan_children", patient)


def keeps_intraday_wishes(patch) -> None:
    honest = _APPLY[DayOpened]

    def opened(state, record) -> None:
        wished = [
            (book, book.exact())
            for books in state.books.values()
            for book in books.values()
            if book.key.product is Product.MIS
        ]
        honest(state, record)
        for book, exact in wished:
            if exact:
                _owe_since_yesterday(book, exact)

    patch.setitem(_APPLY, DayOpened, opened)


def owes_the_unknown_overnight(patch) -> None:
    patch.setattr(engine.core.state.fold_day, "_let_go_of_unfilled", lambda state, child: None)


def follows_what_he_has_not_filled(patch) -> None:
    patch.setattr(
        engine.core.planning.wanted,
        "followed_quantity",
        lambda context, order: context.entry_quantity,
    )


ENTRIES = (
    Mutant(
        name="under fills ahead of the master",
        breaks="a follower who mirrors fills gets the whole order when it is placed",
        plant=follows_what_he_has_not_filled,
        plans=(dataclasses.replace(a_life(resting(), then("wait")), mirrors=("fills",)),),
        said="are filled of 0",
    ),
    Mutant(
        name="re-place after reject",
        breaks="a refused entry is placed again by itself",
        plant=places_again_after_a_refusal,
        plans=(a_life("buy", troubles=(trouble("margin"),)),),
        said="is placed again after",
    ),
    Mutant(
        name="a further entry behind an UNKNOWN one",
        breaks="a second entry of the key leaves while the fate of the first is open",
        plant=goes_on_behind_an_unknown,
        plans=(a_life("buy", then("wait", pick=4), "buy", troubles=(trouble("never"),)),),
        said="is UNKNOWN",
        rest_s=150,
    ),
    Mutant(
        name="carry applied twice",
        breaks="what is owed from before is counted twice",
        plant=carries_twice,
        plans=(a_life(*SMALL_THEN_LARGE, multiplier="0.5"),),
        said="rest and 0 are filled of",
    ),
    Mutant(
        name="carry lost",
        breaks="fractions of lots are forgotten with every order",
        plant=carries_nothing,
        plans=(a_life(*ODD, multiplier="0.5"),),
        said="wanted, 0 held",
    ),
    Mutant(
        name="entry let through after /stop",
        breaks="an entry leaves although copying was stopped",
        plant=forgets_that_it_was_stopped,
        plans=(a_life("buy", "stop", "buy"),),
        said="leaves while copying is stopped",
    ),
    Mutant(
        name="entry let through after /pause",
        breaks="an entry leaves for a follower who is paused",
        plant=forgets_that_it_was_stopped,
        plans=(a_life("buy", "pause", "buy"),),
        said="is placed while copying is stopped or paused",
    ),
    Mutant(
        name="entry let through after the kill switch",
        breaks="an entry leaves although the kill switch is set",
        plant=forgets_the_kill_switch,
        plans=(a_life("buy", "kill", "buy"),),
        said="leaves while the kill switch is set",
    ),
    Mutant(
        name="no cut-off by age",
        breaks="an entry is made long after the master's fill",
        plant=enters_however_late,
        plans=(
            a_life(
                "buy",
                then("wait", pick=9),
                "buy",
                then("wait", pick=9),
                deaths=(Death(where="time", n=14, pause=25.0),),
            ),
        ),
        said="s after the master's fill",
    ),
    Mutant(
        name="an intraday wish survives the night",
        breaks="what was wanted of yesterday's intraday trades is bought this morning",
        plant=keeps_intraday_wishes,
        plans=(a_life("buy", then("slept_through"), then("buy", after=3.0)),),
        said="of the master's",
    ),
    Mutant(
        name="an entry of unknown fate is owed overnight",
        breaks="what may never have existed is bought with the first order of the next morning",
        plant=owes_the_unknown_overnight,
        plans=(
            a_life(
                then("buy", symbol=1),
                then("night"),
                then("buy", after=3.0, symbol=1, lots=1),
                troubles=(trouble("never"),),
            ),
        ),
        said="of the master's",
    ),
)
