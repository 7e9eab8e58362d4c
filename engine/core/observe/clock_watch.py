"""Whether this machine's clock agrees with the broker's: ages, sessions and the trading day hang on it.

A difference is believed once two answers in a row agree on how bad it is: one server of the broker
that is wrong by itself must not stop entries. A difference that stops none is counted: the age of a fill
is the broker's time since its stamp.
"""

from datetime import timedelta

from engine.core.state.turn import Turn
from engine.core.values.clock_level import MEND_CLOCK, ClockLevel, level_of
from engine.core.values.events import ClockCompared
from engine.core.values.notices import Severity
from engine.core.values.offers import clock_wrong


def watch_clock(turn: Turn, event: ClockCompared) -> None:
    """Tell once that the clock is wrong, once that entries stop for it, and that it is well again."""
    state = turn.state
    level = level_of(event.ahead)
    said, state.clock_hint = state.clock_hint, event.ahead
    if level_of(said) is not level:
        return
    well = level is ClockLevel.WELL
    state.clock_ahead = timedelta() if well else _at_least(said, event.ahead)
    if level is state.clock_level:
        return
    state.clock_level = level
    match level:
        case ClockLevel.WELL:
            turn.tell(
                Severity.INFO, "This machine's clock agrees with Kite's again.", topic="engine"
            )
        case ClockLevel.OFF:
            turn.tell(
                Severity.WARNING,
                f"{how_far_off(event.ahead)}: {MEND_CLOCK}. Entries go on.",
                topic="engine",
            )
        case _:
            turn.tell(
                Severity.CRITICAL,
                f"{how_far_off(event.ahead)}: no entry leaves until it is right, exits go on. "
                f"{MEND_CLOCK[0].upper()}{MEND_CLOCK[1:]}.",
                topic="engine",
                question=clock_wrong(),
            )


def _at_least(one: timedelta, other: timedelta) -> timedelta:
    """Return what of two differences both answers say."""
    nothing = timedelta()
    return max(min(one, other), nothing) or min(max(one, other), nothing)


def how_far_off(ahead: timedelta) -> str:
    """Return in words how far this machine's clock is ahead of Kite's, or behind."""
    side = "ahead of" if ahead > timedelta() else "behind"
    return f"This machine's clock is {abs(ahead).total_seconds():.0f} s {side} Kite's"
