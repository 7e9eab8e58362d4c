"""Kills, one by one: a few short days, and in each a death at every place where the process meets the
world - before and after every commit and every write, at every answer and every read of a book -
then deaths again while it recovers.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.sim.sim_day import HEALED_S, run_day
from tests.sim.sim_outcome import Outcome
from tests.sim.sim_plan import Act, Death, Plan, Trouble

#: Where the second and the third death of one plan lie: the first seams of a recovery are its
#: commit of the start, the first reads of the books, and what is resolved by them.
AGAIN = ((1,), (2,), (3,), (5,), (8,), (13,), (1, 1), (2, 4), (4, 2), (6, 9))
_AFTER_S = 1.2


def _plan(*acts: Act, troubles: tuple[Trouble, ...] = (), multiplier: str = "1") -> Plan:
    return Plan(
        seed=1, multipliers=(multiplier,), mirrors=("sweep",), acts=acts, troubles=troubles,
        symbols=(0,),
    )  # fmt: skip


def _act(kind: str, **more: float) -> Act:
    return Act(**({"after": 1.0, "kind": kind, "lots": 4, "pick": 1} | more))


#: What is going on when the process dies.
SCENES: dict[str, Plan] = {
    "entry_and_exit": _plan(_act("buy"), _act("sell")),
    "entry_whose_answer_is_lost": _plan(
        _act("buy"), _act("sell"), troubles=(Trouble("lost", 1, "place", 1),)
    ),
    "entry_that_never_arrives": _plan(
        _act("buy"), _act("buy"), troubles=(Trouble("never", 1, "place", 1),)
    ),
    "exit_whose_answer_is_lost": _plan(
        _act("buy"), _act("sell"), troubles=(Trouble("lost", 1, "place", 2),)
    ),
    "resting_changed_and_cancelled": _plan(
        _act("buy_limit", ticks=-8), _act("reprice", ticks=-4), _act("cancel")
    ),
    "change_whose_answer_is_lost": _plan(
        _act("buy_limit", ticks=-8), _act("reprice", ticks=-4), _act("cancel"),
        troubles=(Trouble("lost", 1, "modify", 1),),
    ),
    "cancel_whose_answer_is_lost": _plan(
        _act("buy_limit", ticks=-8), _act("cancel"), troubles=(Trouble("lost", 1, "cancel", 1),)
    ),
    "reversal": _plan(_act("buy"), _act("reverse", lots=3), multiplier="0.5"),
    "stop_and_target": _plan(_act("buy"), _act("pair", ticks=2), _act("price", ticks=-4)),
    "late_in_the_book": _plan(
        _act("buy"), _act("sell"), troubles=(Trouble("late", 1, "place", 1, 8.0),)
    ),
    "timed_out_and_placed_later": _plan(
        _act("buy"), _act("sell"), troubles=(Trouble("timed_out", 1, "place", 1, 8.0),)
    ),
    "refused_entry": _plan(
        _act("buy"), _act("buy"), _act("reverse", lots=1),
        troubles=(Trouble("margin", 1, "place", 2),),
    ),
    "partial_fill": _plan(
        _act("depth", lots=2, ticks=1), _act("buy_limit", ticks=0), _act("cancel"), _act("depth"),
    ),
    "token_dies": _plan(
        _act("buy"), _act("logout", follower=0), _act("sell"), _act("login", follower=0)
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seams:
    """What one undisturbed life passes until its troubles end; `opening` before the first act."""

    opening: int
    all: int


def seams_of(scene: str, data_dir: Path) -> Seams:
    """Return how many seams a scene has."""
    outcome = run_day(SCENES[scene], data_dir, rest_s=60)
    return Seams(opening=outcome.opening, all=outcome.seams)


def kills_of(scene: str, seams: Seams, *, every: int = 1, depth: int = 1) -> Iterator[Plan]:
    """Yield a scene with a death at its seams; with depth 2 or 3 recoveries die as well.

    The logins, first reads and the start of copying are the same in every scene: between them the
    scenes die at each of these seams once. What comes after is a scene's own: each begins at
    another seam, and takes every so many.
    """
    plan, mine = SCENES[scene], list(SCENES).index(scene)
    opening = range(1 + mine, seams.opening + 1, len(SCENES))
    for n in (*opening, *range(seams.opening + 1 + mine % every, seams.all + 1, every)):
        if depth == 1:
            yield replace(plan, deaths=(Death("seam", n, _AFTER_S),))
            continue
        again = [each for each in AGAIN if len(each) == depth - 1]
        later = again[n % len(again)]
        yield replace(plan, deaths=tuple(Death("seam", k, _AFTER_S) for k in (n, *later)))


def killed(plan: Plan, data_dir: Path) -> Outcome:
    """Run a plan with its deaths."""
    return run_day(plan, data_dir, rest_s=HEALED_S)
