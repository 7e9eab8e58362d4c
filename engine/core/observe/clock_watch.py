"""Whether this machine's clock agrees with the broker's: ages, sessions and the trading day hang on it.

A difference is believed once two answers in a row agree on how bad it is: one server of the broker
that is wrong by itself must not stop entries. A difference that stops none is counted: the age of a fill
is the broker's time since its stamp.
"""

from datetime import timedelta

from engine.core.state.turn import Turn
from engine.core.values.clock_level import ClockLevel, level_of
from engine.core.values.events import ClockCompared
from engine.core.values.notices import Severity


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
                f"{_words(event.ahead)}: set it by NTP. Entries go on.",
                topic="engine",
            )
        case _:
            turn.tell(
                Severity.CRITICAL,
                f"{_words(event.ahead)}: no entry leaves until it is right, exits go on. Set it by NTP.",
                topic="engine",
            )


def _at_least(one: timedelta, other: timedelta) -> timedelta:
    """Return what of two differences both answers say."""
    nothing = timedelta()
    return max(min(one, other), nothing) or min(max(one, other), nothing)


def _words(ahead: timedelta) -> str:
    side = "ahead of" if ahead > timedelta() else "behind"
    return f"This machine's clock is {abs(ahead).total_seconds():.0f} s {side} Kite's"
