"""/status as a message: the card, its buttons, and what of it is worth an edit."""

from datetime import datetime

from msgspec.structs import replace

from bot.chat import render
from bot.chat.message import NEW_PREFIX, READ_PREFIX, Button, Message
from bot.chat.render_morning import login_rows
from bot.chat.roles import may
from engine.core.values.people import Role
from engine.core.values.views import StatusView

#: Data of the button that stops entries. It may be made up and pressed late: stopping is always safe.
STOP = "s|now"


def status_message(view: StatusView, *, now: datetime, role: Role = Role.OWNER) -> Message:
    """Return the card with the buttons of a role; it edits itself while it is the newest message."""
    first: tuple[Button, ...] = (
        Button(text="Refresh", data=f"{READ_PREFIX}status"),
        Button(text="Positions", data=f"{NEW_PREFIX}positions"),
    )
    if view.copying and may(role, "stop"):
        first += (Button(text="Stop copying", data=STOP),)
    logins = login_rows(view) if may(role, "login") else ()
    html = render.status_card(view, now=now, role=role)
    return Message(html=html, buttons=(first, *logins), live=True)


def gist(view: StatusView) -> str:
    """Return what of the card is worth an edit by itself: all but how time goes by."""
    stale = view.book_age_s is None or view.book_age_s > render.STALE_BOOK_S
    return repr(replace(view, book_age_s=None if view.book_age_s is None else float(stale)))
