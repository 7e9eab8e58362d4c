"""/status as a message: the card, its buttons, and what of it is worth an edit."""

from dataclasses import replace
from datetime import datetime

from bot.chat import render
from bot.chat.message import NEW_PREFIX, READ_PREFIX, Button, Message
from bot.chat.render_morning import login_rows
from engine.core.values.views import StatusView

#: Data of the button that stops entries. It may be made up and pressed late: stopping is always safe.
STOP = "r|stop"


def status_message(view: StatusView, *, now: datetime) -> Message:
    """Return the card with its buttons; it edits itself while it is the newest message."""
    first: tuple[Button, ...] = (
        Button(text="Refresh", data=f"{READ_PREFIX}status"),
        Button(text="Positions", data=f"{NEW_PREFIX}positions"),
    )
    if view.copying:
        first += (Button(text="Stop copying", data=STOP),)
    html = render.status_card(view, now=now)
    return Message(html=html, buttons=(first, *login_rows(view)), live=True)


def gist(view: StatusView) -> str:
    """Return what of the card is worth an edit by itself: all but how time goes by."""
    stale = view.book_age_s is None or view.book_age_s > render.STALE_BOOK_S
    return repr(replace(view, book_age_s=None if view.book_age_s is None else float(stale)))
