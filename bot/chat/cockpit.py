"""What every handler may use: the desk, the clock, the outbox, the prompts."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from bot.chat import render
from bot.chat.chat_desk import ChatDesk
from bot.chat.incoming import Incoming
from bot.chat.looks import Look, Looks
from bot.chat.message import Buttons, Message
from bot.chat.outbox import Outbox
from bot.chat.picture_desk import PictureDesk
from bot.chat.prompts import Prompts, StateVersion
from bot.chat.settings import ChatSettings
from bot.chat.spoken import said_in_short
from bot.pictures.values import Picture
from engine.clock import Clock
from engine.core.values.control import Reply, Request
from engine.core.values.market import Venue
from engine.core.values.people import Role
from engine.core.values.views import CheckLevel, CheckLine

_log = logging.getLogger(__name__)

#: A preflight or a login that takes longer is given up, and the person is told.
SLOW_SECONDS = 30.0

#: Runs something slow beside the handlers and tells the person if it fails.
Spawn = Callable[[Coroutine[Any, Any, None], Incoming], None]


class Cockpit:
    """Shared by the handlers of one bot. Nothing here waits for Telegram.

    Args:
        desk: The engine's door.
        clock: The time.
        settings: Admins and second factor.
        outbox: Where answers go.
        spawn: Runs slow work beside the handlers.
        pictures: Draws beside the handlers; made without a drawer where none is given.
        role: Of whoever is answered with it.

    Attributes:
        bot_name: The bot's user name, empty while Telegram has not told it.
        person_changed: To be told whose role is another now.
    """

    def __init__(  # noqa: PLR0913 - each is named where it is made
        self,
        desk: ChatDesk,
        clock: Clock,
        settings: ChatSettings,
        outbox: Outbox,
        spawn: Spawn,
        *,
        pictures: PictureDesk | None = None,
        role: Role = Role.OWNER,
    ) -> None:
        self.role = role
        self.bot_name: Callable[[], str] = str
        self.person_changed: Callable[[int], None] = lambda _user_id: None
        self.desk = desk
        self.clock = clock
        self.settings = settings
        self.outbox = outbox
        self.spawn = spawn
        self.looks = Looks()
        self._pictures = pictures or PictureDesk(outbox)
        self.prompts = Prompts(clock, self.version)
        self._changes = 0

    @property
    def venue(self) -> Venue:
        """The mode now; the first word of every answer."""
        return self.desk.status().venue

    @property
    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()

    def version(self) -> StateVersion:
        """Return what a question depends on; it differs after any change asked for here."""
        view = self.desk.status()
        state = (view.venue, view.copying, view.since, view.killed, view.armed_until)
        # A person who was let in, raised or sent away meanwhile is another to every question.
        people = tuple((each.user_id, each.paired_at) for each in self.desk.people())
        return (*state, view.totp_locked, self._changes, people)

    async def request(self, ask: Incoming, request: Request) -> Reply:
        """Ask the engine to change something; every open question about the old state is void.

        Raises:
            JournalError: Nothing took effect; the router tells the person.
        """
        self._changes += 1
        return await self.desk.ask(request, by=ask.by, update_id=ask.update_id, sent_at=ask.sent_at)

    async def preflight(self, venue: Venue) -> tuple[CheckLine, ...]:
        """Run the checks of a start; a preflight that does not end is a failed one."""
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                return await self.desk.preflight(venue)
        except TimeoutError:
            _log.warning("preflight given up", extra={"action": "preflight"})
            text = f"the checks did not end within {SLOW_SECONDS:.0f} s: try again"
            return (CheckLine(level=CheckLevel.FAIL, text=text),)

    def say(
        self,
        ask: Incoming,
        html: str,
        *,
        buttons: Buttons = (),
        menu: bool = False,
        live: bool = False,
    ) -> None:
        """Answer; a tap's answer takes the place of the message that carried the button."""
        asked = Look(
            update_id=ask.update_id, asked=said_in_short(ask.text), who=ask.by.name, at=self.now
        )
        html = self.looks.footed(html, asked)
        message = Message(html=html, buttons=buttons, menu=menu, live=live)
        if ask.refresh:
            self.outbox.edit(ask.chat_id, ask.message_id, message)
        else:
            self.outbox.reply(ask.chat_id, message, deletion=ask.deletion)

    def show(
        self,
        ask: Incoming,
        picture: Picture,
        html: str,
        *,
        instead: str = "",
        buttons: Buttons = (),
    ) -> None:
        """Answer with a picture over a text.

        Args:
            ask: What is answered.
            picture: What is drawn.
            html: The text below it.
            instead: The text where it cannot be drawn or shown; the same if empty.
            buttons: Below whichever is shown.
        """
        message = Message(html=html, buttons=buttons)
        words = Message(html=instead or html, buttons=buttons)
        replaced = ask.message_id if ask.refresh else None
        self._pictures.show((ask.chat_id,), picture, message, instead=words, message_id=replaced)

    def tell(
        self,
        ask: Incoming,
        text: str,
        *,
        mark: str = "",
        buttons: Buttons = (),
    ) -> None:
        """Answer with plain lines of our own."""
        html = render.note(self.venue, text, now=self.now, mark=mark)
        self.say(ask, html, buttons=buttons)

    def tell_reply(
        self, ask: Incoming, reply: Reply, *more: str, mark: str = "", buttons: Buttons = ()
    ) -> None:
        """Answer with the engine's words.

        Args:
            ask: What is answered.
            reply: The engine's answer.
            more: Plain lines after it if the engine agreed, each with one command as next step;
                left out where the engine named that command itself.
            mark: An emoji after the mode if the engine agreed.
            buttons: Under the answer.
        """
        lines = [line for line in more if not _said_already(line, reply.text)]
        text = "\n".join([reply.text, *lines]) if reply.accepted else reply.text
        shown = Reply(accepted=reply.accepted, text=text, duplicate=reply.duplicate, op=reply.op)
        self.say(ask, render.answer(self.venue, shown, now=self.now, mark=mark), buttons=buttons)


def _said_already(line: str, text: str) -> bool:
    commands = [word for word in line.split() if word.startswith("/")]
    return bool(commands) and all(command in text for command in commands)
