"""The card before the market opens: what /start_copy would check, what is held, what is limited."""

from datetime import datetime

from engine.core.chat.limits_view import limits_view
from engine.core.observe.rhythm import opens_at
from engine.core.risk.preflight import preflight
from engine.core.state.state import State
from engine.core.values.market import IST, Venue
from engine.core.values.notices import Severity
from engine.core.values.views import CheckLevel

_MARKS = {CheckLevel.OK: "ok", CheckLevel.WARN: "--", CheckLevel.FAIL: "!!"}
#: Before these a line is one of a table (``bot/chat/render.py`` draws it so).
TABLE_LINE = "\t"
#: Holdings and limits that are named of an account; a card is read on a phone.
_SHOWN = 5


def preflight_card(state: State, *, now: datetime) -> tuple[Severity, str]:
    """Return the card as plain lines, and how loud it is: with sound where something keeps copying from beginning."""
    lines = preflight(state, state.venue, now=now)
    failed = any(line.level is CheckLevel.FAIL for line in lines)
    opens = opens_at(state.calendar, now.astimezone(IST).date())
    begins = f", trading begins {opens:%H:%M}" if opens is not None and opens > now else ""
    text = [f"{now.astimezone(IST):%a %d %b}{begins}."]
    text += [f"{TABLE_LINE}{_MARKS[line.level]} {line.text}" for line in lines]
    text += [f"{TABLE_LINE}{line}" for line in (*_held(state), *_limits(state))]
    text.append(_next(state, failed=failed, now=now))
    return (Severity.WARNING if failed else Severity.INFO), "\n".join(text)


def _next(state: State, *, failed: bool, now: datetime) -> str:
    if state.copying:
        return "Copying goes on. To stop entries: /stop"
    if failed:
        return "What is marked !! must be mended first; then /start_copy"
    armed = state.armed_until is not None and now < state.armed_until
    if state.venue is Venue.LIVE and not armed:
        return "Next: /live arms entries, then /start_copy"
    return "Next: /start_copy"


def _held(state: State) -> list[str]:
    """Return what each follower holds of copies at the venue of now."""
    lines = []
    for name in state.rules:
        held = [
            f"{key.symbol} {book.held:+d}"
            for key, books in state.books.items()
            if (book := books.get((state.venue, name))) is not None and book.held
        ]
        if held:
            more = f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else ""
            lines.append(f"{name} holds {', '.join(held[:_SHOWN])}{more}")
    return lines or ["nothing copied is held"]


def _limits(state: State) -> list[str]:
    lines = []
    for view in limits_view(state):
        limits = [f"{line.name} {line.limit}" for line in view.lines]
        said = "; ".join(limits) if limits else "none set"
        lines.append(f"{view.account} limits: {said}")
    return lines
