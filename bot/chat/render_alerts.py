"""How loud each kind of message is, as text; pure, everything escaped, the mode first."""

from datetime import datetime

from bot.chat.html_text import escape, table
from bot.chat.render import footer, headed
from engine.core.values.alert_levels import AlertKind, AlertPreferences, QuietHours
from engine.core.values.market import Venue

_WHAT = {
    AlertKind.ERRORS: "went wrong",
    AlertKind.WARNINGS: "left out, stopped",
    AlertKind.CARDS: "each copied order",
    AlertKind.REPORTS: "day and week",
    AlertKind.INFO: "went well",
}


def preferences(
    venue: Venue, chosen: AlertPreferences, *, lead: str = "", op: str = "", now: datetime
) -> str:
    """Return what stands in one chat.

    Args:
        venue: The mode now.
        chosen: What its person has chosen.
        lead: What was just changed; empty where nothing was.
        op: Of that change.
        now: For the footer.
    """
    rows = [f"{kind:<9}{chosen.level(kind):<7} {_WHAT[kind]}" for kind in AlertKind]
    rows.insert(0, f"{'critical':<9}{'on':<7} always")
    quiet = f"{hours(chosen.quiet)} IST" if chosen.quiet else "none"
    lines = [
        headed(venue, lead or "messages in this chat"),
        table(rows),
        escape(f"Quiet hours: {quiet}."),
        "In them only what is critical or asks you something makes a sound.",
        "What money may hang on can be silent, never off.",
        footer(now, op=op),
    ]
    return "\n".join(lines)


def hours(quiet: QuietHours) -> str:
    """Return quiet hours as people write them."""
    return f"{quiet.begin:%H:%M}-{quiet.end:%H:%M}"
