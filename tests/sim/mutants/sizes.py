"""Entries of the wrong size where a follower is sized otherwise than by his multiplier."""

from datetime import timedelta

import engine.core.observe.taking_part
import engine.core.planning.entry_checks
import engine.core.risk.scale
from engine.core.risk.scale import scale_of
from engine.core.state.fold import _APPLY
from engine.core.values.records import FundsKnown
from engine.core.values.rules import BY_FUNDS
from tests.sim.mutants.planting import Mutant, a_life, resting, then


def buys_fixed_lots_for_each_slice(patch) -> None:
    for room in (engine.core.observe.taking_part, engine.core.planning.entry_checks):
        patch.setattr(room, "burst_gate", lambda *_: None)


def sizes_anew_with_every_reading(patch) -> None:
    honest = _APPLY[FundsKnown]

    def known(state, record) -> None:
        honest(state, record)
        for books in state.books.values():
            for book in books.values():
                rules = state.rules.get(book.key.follower)
                if rules is None or rules.sizing not in BY_FUNDS:
                    continue
                now, _ = scale_of(state, rules, book.key.exchange, lot_size=1, at=record.at)
                for part in book.parts.values():
                    part.ratio = now.ratio

    patch.setitem(_APPLY, FundsKnown, known)


def believes_any_reading(patch) -> None:
    patch.setattr(engine.core.risk.scale, "READING_AGE", timedelta(days=1))


SIZES = (
    Mutant(
        name="fixed lots for each slice",
        breaks="a burst of orders is copied with the fixed lots of each of its slices",
        plant=buys_fixed_lots_for_each_slice,
        plans=(a_life("buy", then("buy", after=0.4), sizing="fixed_lots"),),
        said="fixed lots once more",
    ),
    Mutant(
        name="ratio not pinned",
        breaks="an order that rests is sized anew whenever the funds of an account were read",
        plant=sizes_anew_with_every_reading,
        plans=(
            a_life(
                resting(),
                then("buy", symbol=1, lots=10),
                then("wait", after=70.0),
                sizing="free_margin",
            ),
        ),
        said="was pinned at",
    ),
    Mutant(
        name="stale reading used",
        breaks="an entry is sized by what an account had more than a quarter of an hour ago",
        plant=believes_any_reading,
        plans=(
            a_life(
                then("logout", follower=1), then("buy", after=950.0), sizing="equity", paper=True
            ),
        ),
        said="sized by a reading of",
    ),
)
