"""/alerts: how loud each kind of message is in this chat, by buttons, and its quiet hours."""

import re
from datetime import time

from bot.chat import render_alerts
from bot.chat.cockpit import Cockpit
from bot.chat.incoming import Incoming
from bot.chat.message import Button, Buttons
from engine.core.values.alert_levels import (
    CHOICES,
    AlertKind,
    AlertLevel,
    AlertPreferences,
    QuietHours,
)
from engine.core.values.control import ChooseAlerts, ChooseQuietHours

#: Data of its buttons. They say what shall be, not what shall change, so a press twice or late does no
#: harm; and whoever makes such data up reaches the loudness of his own chat, no more.
PREFIX = "a|"
_QUIET = "quiet"
#: Offered by a button; others are typed.
_NIGHT = QuietHours(begin=time(22, 0), end=time(7, 0))
_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:-|to|\s)\s*(\d{1,2})(?:[:.](\d{2}))?")
_HOW = "Quiet hours are two times, for example: /alerts quiet 22:00 07:00 - or /alerts quiet off"


class Alerting:
    """The handler of /alerts and of its buttons.

    Args:
        cockpit: What handlers may use.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit

    async def alerts(self, ask: Incoming) -> None:
        """Show what stands, or take what was typed: ``/alerts info off``, ``/alerts quiet 22:00 07:00``."""
        words = [word.lower() for word in ask.args]
        if not words:
            self._show(ask)
        elif words[0] == _QUIET:
            await self._typed_quiet(ask, " ".join(words[1:]))
        else:
            await self._typed_level(ask, words)

    async def press(self, ask: Incoming, data: str) -> None:
        """Take a press of one of its buttons; what is no button of ours only shows what stands."""
        what, _, value = data.removeprefix(PREFIX).partition("|")
        if what == _QUIET:
            await self._quiet(ask, _NIGHT if value == "on" else None)
        elif what in set(AlertKind) and value in set(AlertLevel):
            await self._level(ask, AlertKind(what), AlertLevel(value))
        else:
            self._show(ask)

    async def _typed_level(self, ask: Incoming, words: list[str]) -> None:
        kind = words[0] if words[0] in set(AlertKind) else f"{words[0]}s"
        if kind not in set(AlertKind) or len(words) != 2 or words[1] not in set(AlertLevel):
            text = f"for example: /alerts info off\nKinds: {', '.join(AlertKind)}\n{_HOW}"
            self._cockpit.tell(ask, text)
            return
        await self._level(ask, AlertKind(kind), AlertLevel(words[1]))

    async def _typed_quiet(self, ask: Incoming, text: str) -> None:
        if text in {"off", "none"}:
            await self._quiet(ask, None)
            return
        hours = _hours(text)
        if hours is None:
            self._cockpit.tell(ask, _HOW)
            return
        await self._quiet(ask, hours)

    async def _level(self, ask: Incoming, kind: AlertKind, level: AlertLevel) -> None:
        request = ChooseAlerts(chat_id=ask.chat_id, kind=kind, level=level)
        reply = await self._cockpit.request(ask, request)
        self._show(ask, lead=reply.text, op=reply.op)

    async def _quiet(self, ask: Incoming, hours: QuietHours | None) -> None:
        request = ChooseQuietHours(chat_id=ask.chat_id, hours=hours)
        reply = await self._cockpit.request(ask, request)
        self._show(ask, lead=reply.text, op=reply.op)

    def _show(self, ask: Incoming, *, lead: str = "", op: str = "") -> None:
        cockpit = self._cockpit
        chosen = cockpit.desk.alerts_of(ask.chat_id)
        html = render_alerts.preferences(cockpit.venue, chosen, lead=lead, op=op, now=cockpit.now)
        cockpit.say(ask, html, buttons=_buttons(chosen))


def _buttons(chosen: AlertPreferences) -> Buttons:
    """Return a row for each kind with the levels that it is not at, and one for the quiet hours."""
    rows = [
        tuple(
            Button(text=f"{kind} {level}", data=f"{PREFIX}{kind}|{level}")
            for level in levels
            if level is not chosen.level(kind)
        )
        for kind, levels in CHOICES.items()
    ]
    if chosen.quiet is None:
        quiet = Button(text=f"Quiet {render_alerts.hours(_NIGHT)}", data=f"{PREFIX}{_QUIET}|on")
    else:
        quiet = Button(text="No quiet hours", data=f"{PREFIX}{_QUIET}|off")
    return (*rows, (quiet,))


def _hours(text: str) -> QuietHours | None:
    """Read ``22:00 07:00``, ``22-7`` and the like; None where it is no span of a day."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    first, second = (int(found[1]), int(found[2] or 0)), (int(found[3]), int(found[4] or 0))
    try:
        hours = QuietHours(begin=time(*first), end=time(*second))
    except ValueError:
        return None
    return hours if hours.begin != hours.end else None
