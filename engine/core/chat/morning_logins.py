"""The way to copying in the morning: who is still to be logged in, then /live, then /start_copy.

A card at 07:45 leads through it and is drawn anew as each step is done; whoever is still out is named
at 08:45 and, loudly, at 09:10. When: ``LOGIN_ROWS`` in ``engine/core/observe/rhythm.py``.
"""

from datetime import datetime

from engine.core.observe.rhythm import Due
from engine.core.risk.preflight import holds_live, must_log_in
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.logins import LOGINS_TOPIC, morning_topic
from engine.core.values.market import IST, MASTER, Venue
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.offers import logins_of

#: Records after which a step of the card may look otherwise.
_STEPS = frozenset(
    {r.SessionKept, r.ModeSet, r.CopyingSet, r.KillSet, r.EntriesReleased, r.StrangerSeen}
)


def tell_morning_card(turn: Turn, _told: Due) -> None:
    """Show the card where a step is left; with sound where somebody is to be logged in."""
    if _is_ready(turn.state, now=turn.at):
        return
    _card(turn)


def remind_of_logins(turn: Turn, _told: Due) -> None:
    """Name who is still to be logged in."""
    out = must_log_in(turn.state)
    if out:
        turn.tell(Severity.WARNING, f"Still to log in: {', '.join(out)}.", topic=LOGINS_TOPIC)


def warn_of_logins(turn: Turn, _told: Due) -> None:
    """Say loudly who is not logged in, five minutes before shares trade.

    Critical, with a button to acknowledge it, only where it costs all or could cost money: without the
    master nothing is seen, and a follower who holds real copies could not follow an exit. Otherwise
    somebody who leaves one follower out today would have entries stopped for all.
    """
    state, out = turn.state, must_log_in(turn.state)
    if not out:
        return
    lines = [f"NOT LOGGED IN: {', '.join(out)}."]
    if MASTER in out:
        lines.append("Without the master nothing is copied, exits neither.")
    holding = [name for name in out if holds_live(state, name)]
    if holding:
        lines.append(f"Real copies are held by {', '.join(holding)}: exits cannot leave.")
    if len(lines) == 1:
        lines.append("The others are copied to without them.")
        turn.tell(Severity.ERROR, "\n".join(lines), topic=LOGINS_TOPIC)
        return
    turn.tell(Severity.CRITICAL, "\n".join(lines), topic=LOGINS_TOPIC, question=logins_of())


def redraw_morning(turn: Turn) -> None:
    """Have the card of today drawn anew if something of this turn may be a step of it."""
    if _STEPS.isdisjoint(map(type, turn.records)):
        return
    topic = morning_topic(turn.at.astimezone(IST).date())
    if any(shown == topic for shown, _ in turn.state.cards):
        _card(turn)


def _card(turn: Turn) -> None:
    notice = Notice(
        notice_id=turn.state.next_notice,
        at=turn.at,
        venue=turn.state.venue,
        kind=NoticeKind.CARD,
        severity=Severity.WARNING if must_log_in(turn.state) else Severity.INFO,
        topic=morning_topic(turn.at.astimezone(IST).date()),
    )
    turn.emit(r.NoticeRaised(notice=notice))
    turn.alerts.append(notice)


def _is_ready(state: State, *, now: datetime) -> bool:
    """Return whether there is no step left: everybody is in, armed where needed, and copying."""
    armed = state.armed_until is not None and now < state.armed_until
    unarmed = state.venue is Venue.LIVE and not armed
    return state.copying and not unarmed and not must_log_in(state)
