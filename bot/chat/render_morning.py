"""The morning card: three steps to copying, and a button for each account that is out."""

from bot.chat.html_text import escape
from bot.chat.message import Buttons, read_rows
from bot.chat.render import accounts_out, headed, next_step
from engine.core.values.market import Venue
from engine.core.values.views import StatusView

_DONE, _LEFT = "✅", "▫️"


def login_rows(view: StatusView) -> Buttons:
    """Return a button for each account that is to be logged in; each brings a fresh login page."""
    rows: Buttons = ()
    for account in accounts_out(view):
        rows += read_rows(f"Log in {account.name}", f"login {account.name}")
    return rows


def morning_card(view: StatusView) -> str:
    """Return the card as it looks now; the same state gives the same text, so it carries no time."""
    out = [str(account.name) for account in accounts_out(view)]
    ready = not out and view.copying and not _unarmed(view)
    lines = [
        headed(view.venue, "ready for the day" if ready else "this morning, step by step"),
        _step(1, f"log in {', '.join(out)}" if out else "logged in", done=not out),
        _arming(view),
        _step(3, "copying" if view.copying else "/start_copy", done=view.copying),
        next_step(view),
    ]
    return "\n".join(lines)


def _arming(view: StatusView) -> str:
    if view.venue is Venue.PAPER:
        return _step(2, "PAPER: nothing to arm. Real orders: /live", done=True)
    return _step(
        2, "/live arms entries" if _unarmed(view) else "armed till 06:00", done=not _unarmed(view)
    )


def _unarmed(view: StatusView) -> bool:
    return view.venue is Venue.LIVE and view.armed_until is None


def _step(number: int, text: str, *, done: bool) -> str:
    return f"{_DONE if done else _LEFT} {number}. {escape(text)}"
