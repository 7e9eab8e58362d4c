"""Claims of exits that others have met, and are counted once more or kept for ever; what one exit took from others."""

from fractions import Fraction

from msgspec.structs import replace

import engine.core.planning.claims
import engine.core.planning.wanted
from engine.core.state.fold import _APPLY
from engine.core.values.records import ClaimSettled
from tests.sim.mutants.planting import Mutant, kept


def counts_what_was_given_too(patch) -> None:
    """Whose exit met a claim is not remembered."""
    honest = _APPLY[ClaimSettled]
    patch.setitem(
        _APPLY, ClaimSettled, lambda state, record: honest(state, replace(record, by=None))
    )


def keeps_opposite_claims(patch) -> None:
    patch.setattr(engine.core.planning.claims, "_settle_opposite_claims", lambda turn, book: None)


def shares_out_what_is_gone(patch) -> None:
    """What a copy sold beyond its order's share is shared out among his other exits all the same."""
    patch.setattr(
        engine.core.planning.wanted,
        "_without_what_went_too_far",
        lambda context, there: (there, Fraction(1)),
    )


CLAIMS = (
    Mutant(
        name="an exit that met another's claim counted twice",
        breaks="what a resting exit filled for another order of his is missing when he comes to it",
        plant=counts_what_was_given_too,
        plans=(kept("choices 9062"),),
        said="wanted",
    ),
    Mutant(
        name="opposite claims kept",
        breaks="after a refused exit an order through zero waits for an exit of nothing, without a word",
        plant=keeps_opposite_claims,
        plans=(kept("choices 96001756"),),
        said="no order and no reason",
    ),
    Mutant(
        name="what one exit sold too far, shared out",
        breaks="he made an exit smaller whose copy had filled, and his others rest for more than is left",
        plant=shares_out_what_is_gone,
        plans=(kept("reread 30157"),),
        said="exits of",
    ),
)
