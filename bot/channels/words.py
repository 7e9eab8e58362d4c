"""An alert in plain words, for channels without buttons or markup."""

from datetime import datetime

from bot.channels.channel import AlertText
from bot.chat.times import LATE, clock_time, span
from engine.core.chat.escalation import ESCALATES_AFTER
from engine.core.values.market import IST
from engine.core.values.notices import ESCALATION_TOPIC, Notice, Severity

#: Longest headline: what a phone shows of a subject, and far below the 998 of a mail's line.
_HEADLINE = 100
_LOUD = {Severity.ERROR: "ERROR ", Severity.CRITICAL: "CRITICAL "}


def in_words(notice: Notice, *, now: datetime, may_repeat: bool) -> AlertText:
    """Return an alert as text: the mode first; then what it says; its number, time and lateness."""
    text = notice.text
    if notice.follower is not None and notice.follower not in text:
        text = f"{notice.follower}: {text}"
    label = notice.venue.label
    text = text.removeprefix(label).lstrip(" ·") if text.startswith(label) else text
    first, _, more = f"{label} {_LOUD.get(notice.severity, '· ')}{text}".partition("\n")
    at = notice.at.astimezone(IST)
    lines = [first, *([more] if more else [])]
    lines.append(f"alert {notice.notice_id} · {at:%d %b} {clock_time(at)} IST")
    late = now - notice.at
    if late > LATE:
        lines.append(f"(delayed {span(late)})")
    if may_repeat:
        lines.append("(may repeat)")
    if notice.offer is not None:
        lines.append(_what_to_do(notice))
    return AlertText(
        key=f"{notice.notice_id}.{int(notice.at.timestamp())}",
        headline=shortened(first, _HEADLINE),
        body="\n".join(lines),
    )


def _what_to_do(notice: Notice) -> str:
    """Return where the answer is given, for there are no buttons here."""
    if notice.severity is Severity.CRITICAL and notice.topic != ESCALATION_TOPIC:
        minutes = int(ESCALATES_AFTER.total_seconds()) // 60
        return (
            f"Press a button under it in Telegram; {minutes} min after it is there, copying stops."
        )
    return "There is a button under it in Telegram."


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters; what was cut off is shown by a sign."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
