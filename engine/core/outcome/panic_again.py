"""An exit of a /panic that came to nothing: it is sent again a few times before it is left to a person.

Whoever said panic wants out: what a broker refuses in one second it may take in the next (a busy RMS, a
MARKET order that found nobody). It is bounded, since each refused order counts against the day's limit.
"""

from datetime import datetime, timedelta

from engine.core.state.latches import is_given_up
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg

#: How long after each end it goes out again. A choice of ours: the last is where the exit ladder of design
#: stands at its second rung, and a person is asked after it.
PAUSES = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15))


def to_send_again(part: CopyPart) -> list[Child]:
    """Return the exits of a part that came to nothing and left nothing at the broker.

    One that is not in the book may still turn up there: it is never sent again by itself.
    """
    return [
        child
        for child in part.of(Leg.EXIT)
        if is_given_up(child) and child.state is not IntentState.ABSENT
    ]


def again_at(state: State, key: Key, part: CopyPart) -> datetime | None:
    """Return when the panic that is under way sends a part's exit again; None: it does not.

    One that came to nothing before the panic goes out again at once, by its word.
    """
    panic, ended = state.panic, to_send_again(part)
    if panic is None or panic.ended_at is not None or panic.venue is not key.venue:
        return None
    if not ended or not part.unfilled_claim or key.follower not in state.rules:
        return None
    bad = (child for child in part.of(Leg.EXIT) if child.lifted or child in ended)
    tries = len({child.generation for child in bad if child.planned_at >= panic.at})
    if tries > len(PAUSES):
        return None
    last = max(child.ended_at or child.answered_at or child.planned_at for child in ended)
    return last + PAUSES[tries - 1] if tries else last
