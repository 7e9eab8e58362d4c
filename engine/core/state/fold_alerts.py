"""Apply what becomes of critical alerts: raised, delivered, acknowledged, escalated; and how loud all are."""

from msgspec.structs import replace

from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.alert_levels import AlertPreferences
from engine.core.values.notices import ESCALATION_TOPIC, NoticeKind, Severity


def raised(state: State, record: r.NoticeRaised) -> None:
    """Have a critical alert wait for a person, where it has a button to say so."""
    notice = record.notice
    critical = notice.kind is NoticeKind.ALERT and notice.severity is Severity.CRITICAL
    if critical and notice.offer is not None and notice.topic != ESCALATION_TOPIC:
        state.unacknowledged[notice.notice_id] = None


def shown(state: State, record: r.NoticeShown) -> None:
    """Note when it was first delivered; of one from an older store nobody knows, so it waits no more.

    To somebody who may acknowledge it: an operator or a follower has no button.
    """
    if not record.to_owner:
        return
    if record.at is None:
        state.unacknowledged.pop(record.notice_id, None)
    elif state.unacknowledged.get(record.notice_id, record.at) is None:
        state.unacknowledged[record.notice_id] = record.at


def acknowledged(state: State, record: r.OfferSettled) -> None:
    """A person has answered what stands under it, or the matter has settled by itself."""
    state.unacknowledged.pop(record.offer_id, None)


def escalated(state: State, record: r.AlertsEscalated) -> None:
    """Each escalates once."""
    for notice_id in record.notice_ids:
        state.unacknowledged.pop(notice_id, None)


def alerts_chosen(state: State, record: r.AlertsChosen) -> None:
    """Apply an ``AlertsChosen``."""
    before = state.alerts.get(record.chat_id, AlertPreferences())
    state.alerts[record.chat_id] = before.choosing(record.kind, record.level)


def quiet_hours_chosen(state: State, record: r.QuietHoursChosen) -> None:
    """Apply a ``QuietHoursChosen``."""
    before = state.alerts.get(record.chat_id, AlertPreferences())
    state.alerts[record.chat_id] = replace(before, quiet=record.hours)
