"""What stands against copying right now, for the status card: a line each, with the mend."""

from collections import Counter
from collections.abc import Iterable

from engine.core.observe.clock_watch import how_far_off
from engine.core.risk.fence import frozen_line
from engine.core.state.state import State
from engine.core.values.clock_level import MEND_CLOCK, ClockLevel
from engine.core.values.market import MASTER, AccountName
from engine.core.values.offers import OfferKind


def standing_problems(state: State) -> tuple[str, ...]:
    """Return what the engine itself knows to stand against copying, the worst first."""
    return tuple(_problems(state))


def is_clock_wrong(state: State) -> bool:
    """Return whether this machine's clock stops entries."""
    return state.clock_level is ClockLevel.FAR_OFF


def refused_exits(state: State) -> Counter[AccountName]:
    """Return how many exits of each follower were refused and wait for a person to send them again."""
    return Counter(
        offer.question.key.follower
        for offer in state.open_offers.values()
        if offer.question.kind is OfferKind.EXIT
        and offer.question.key is not None
        and offer.question.key.venue is state.venue
    )


def _problems(state: State) -> Iterable[str]:
    if frozen := frozen_line(state):
        yield frozen
    if not state.account(MASTER).session_ok and (state.copying or _holds(state)):
        yield (
            "the master is not logged in: nothing he does is seen or copied, exits neither - /login "
            "master; meanwhile watch the positions in Kite"
        )
    if is_clock_wrong(state):
        off = how_far_off(state.clock_ahead)
        yield f"{off[0].lower()}{off[1:]}: no entry leaves - {MEND_CLOCK}"


def _holds(state: State) -> bool:
    return any(
        book.held
        for books in state.books.values()
        for (venue, _), book in books.items()
        if venue is state.venue
    )
