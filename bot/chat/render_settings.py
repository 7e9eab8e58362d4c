"""What can be set from the chat, and what it is now; pure, everything escaped, the mode first."""

from datetime import datetime

from bot.chat.html_text import escape, table
from bot.chat.render import footer, headed
from bot.chat.render_tables import hanging
from engine.core.values.market import AccountName, Venue
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS, TOTAL_LOSS_EXAMPLE
from engine.core.values.views import SettingLine


def settable(venue: Venue, *, asks_for_codes: bool, now: datetime) -> str:
    """Return every key that can be set, each with a value that works."""
    rows = [f"{key} {known.example}" for key, known in OF_FOLLOWER.items()]
    proof = "a code" if asks_for_codes else "a confirmation"
    lines = [
        headed(venue, "what can be set, each with an example"),
        "<b>of one follower</b>: /set acct KEY value",
        table([piece for row in rows for piece in hanging("", row)]),
        "<b>over all followers</b>: /set KEY value",
        table([*hanging("", f"{TOTAL_LOSS} {TOTAL_LOSS_EXAMPLE}")]),
        "A limit is taken away by none; default goes back to the settings. It counts at once and after a "
        f"restart. In LIVE what is looser asks for {proof}; what is tighter never does.",
        "All values of one: /set acct",
        footer(now),
    ]
    return "\n".join(lines)


def values(
    venue: Venue, follower: AccountName, lines: tuple[SettingLine, ...], *, now: datetime
) -> str:
    """Return every value of one follower; a star marks what was set from the chat."""
    if not lines:
        return f"{headed(venue, f'nothing of {follower} can be set here.')}\n{footer(now)}"
    rows = [f"{'*' if each.chosen else ' '}{each.key} {each.value}" for each in lines]
    parts = [headed(venue, f"settings of {follower}")]
    parts.append(table([piece for row in rows for piece in hanging("", row)]))
    parts += ["* by /set, the others by the settings"] * any(each.chosen for each in lines)
    return "\n".join([*parts, footer(now)])


def chosen(lines: tuple[SettingLine, ...]) -> str:
    """Return what was set from the chat as one paragraph; empty where nothing was."""
    named = [f"{each.key} {each.value} (settings: {each.by_env})" for each in lines]
    return escape(f"by /set: {'; '.join(named)}") if named else ""
