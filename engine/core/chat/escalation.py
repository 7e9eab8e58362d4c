"""A critical alert that nobody acknowledges: told everywhere once more, and entries are stopped."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.core.chat.phrases import shortened
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.notices import ESCALATION_TOPIC, Severity

#: How long after its delivery (contract of this program: docs/NOTIFICATION_SETUP.md).
ESCALATES_AFTER = timedelta(minutes=5)
#: After a start a press that has waited meanwhile is heard first.
HEARD_WITHIN = timedelta(seconds=30)
#: Alerts that are quoted; the others are in the chat above.
_MOST_QUOTED = 3
_LONGEST_QUOTE = 160


def overdue(
    unacknowledged: Mapping[int, datetime | None], *, at: datetime, started_at: datetime | None
) -> tuple[int, ...]:
    """Return which critical alerts have waited too long for a person, by the ids of their notices.

    Args:
        unacknowledged: When each was first delivered; None: it has not been, so nobody is late.
        at: Now.
        started_at: When this run of the program began.
    """
    if started_at is not None and at - started_at < HEARD_WITHIN:
        return ()
    return tuple(
        notice_id
        for notice_id, delivered_at in unacknowledged.items()
        if delivered_at is not None and at - delivered_at >= ESCALATES_AFTER
    )


def escalate(turn: Turn) -> None:
    """Stop entries and tell every channel, once for each alert; exits go on."""
    state = turn.state
    late = overdue(state.unacknowledged, at=turn.at, started_at=state.started_at)
    if not late:
        return
    turn.emit(r.AlertsEscalated(notice_ids=late, at=turn.at))
    stopped = "Entries were stopped already"
    if state.copying:
        turn.emit(r.CopyingSet(active=False, at=turn.at))
        stopped = "Copying is stopped: no further entry leaves, for no follower"
    turn.tell(
        # Critical, so that it is loud enough for every channel.
        Severity.CRITICAL,
        f"{_named(late)} by anyone for {_minutes(ESCALATES_AFTER)}. {stopped}; exits, reductions and "
        "cancels still follow the master. See to it, press the button under it, then /start_copy.\n"
        + "\n".join(_quotes(state, late)),
        topic=ESCALATION_TOPIC,
    )


def _named(late: tuple[int, ...]) -> str:
    if len(late) == 1:
        return f"Alert {late[0]} was not acknowledged"
    return f"Alerts {', '.join(map(str, late))} were not acknowledged"


def _minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds()) // 60} min"


def _quotes(state: State, late: tuple[int, ...]) -> list[str]:
    lines = []
    for notice_id in late[:_MOST_QUOTED]:
        offer = state.offers.get(notice_id)
        text = offer.notice.text.partition("\n")[0] if offer and offer.notice else ""
        lines.append(f"{notice_id}: {shortened(text, _LONGEST_QUOTE)}")
    if len(late) > _MOST_QUOTED:
        lines.append(f"and {len(late) - _MOST_QUOTED} more, above in the chat")
    return lines
