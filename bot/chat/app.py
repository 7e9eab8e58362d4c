"""The bot: built by hand on python-telegram-bot, supervised, never in the engine's way."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

import httpx
from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    CallbackQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.chat import render
from bot.chat.chat_desk import ChatDesk
from bot.chat.cockpit import Cockpit
from bot.chat.delivery import MENU_LABELS, Delivery
from bot.chat.gate import Gate
from bot.chat.herald import Herald
from bot.chat.incoming import Incoming
from bot.chat.live_cards import keep_up
from bot.chat.menus import Menus
from bot.chat.message import Message
from bot.chat.outbox import Outbox
from bot.chat.pairing import Pairing
from bot.chat.people import People
from bot.chat.picture_desk import PictureDesk
from bot.chat.polling import Polling
from bot.chat.reception import Reception
from bot.chat.role_desk import RoleDesk
from bot.chat.settings import ChatSettings, Pacing
from bot.chat.status_message import gist, status_message
from bot.chat.wire import ChatRequest, UpdatesRequest
from engine.clock import Clock
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Notice
from engine.core.values.people import Role
from engine.core.values.secrets import Secret

__all__ = ["ChatBot", "ChatSettings", "Pacing"]

_log = logging.getLogger(__name__)

#: Loggers that print addresses with the token at INFO or DEBUG (httpx: one line per poll).
_TALKATIVE = ("httpx", "httpcore", "telegram")
#: Seconds for the last words, and for each step of closing; the whole program may take five.
_DRAIN_SECONDS = 1.0
_STEP_SECONDS = 1.0

#: Entries are not frozen for it: whoever has the token can make it, and no order tells of a second
#: copy. Where there is one, its first order in a follower's book freezes entries.
SECOND_POLLER = (
    "Another program reads this bot's messages, so commands, /stop too, may not reach me. "
    "Copying goes on. If it is a second copy of this program, stop it now. If you do not know it, make a "
    "new token with BotFather. To stop entries meanwhile, run on the server: copytrader kill"
)

_App = Application[Any, Any, Any, Any, Any, Any]


class ChatBot:
    """The chat of one bot token.

    The engine calls :meth:`offer` and never waits for anything here; :meth:`run` is one supervised
    task that ends only when cancelled, whatever Telegram does.

    Args:
        desk: The engine's door.
        clock: The time.
        settings: Token, admins, server, second factor.
        pacing: Waits between attempts; tests shorten them.
        conflicted: Has everybody told, by every channel, that another program polls with this token;
            without it the chat alone does.
        transport: Carries the requests in the network's place; for a Telegram without one.

    Attributes:
        pictures: Takes orders for pictures; whoever wires it says who draws.
        people: Who is heard as what.
        herald: Tells the reports of days; whoever wires it says what names the journal in them.
    """

    def __init__(
        self,
        desk: ChatDesk,
        clock: Clock,
        settings: ChatSettings,
        *,
        pacing: Pacing | None = None,
        conflicted: Callable[[str], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._conflicted = conflicted
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._pacing = pacing or Pacing()
        self._poll_retry_max_s = min(self._pacing.poll_retry_max_s, self._pacing.retry_max_s)
        self._app = _build(settings, transport)
        self.people = People(settings.admins, desk)
        self._outbox = Outbox(
            Delivery(self._app.bot, partial(self.people.menu, labels=MENU_LABELS)),
            desk,
            clock,
            people=self.people,
            pacing=self._pacing,
        )
        self.pictures = PictureDesk(self._outbox)
        self._cockpit = Cockpit(
            desk, clock, settings, self._outbox, self._spawn, pictures=self.pictures
        )
        self._menus = Menus(self._app.bot, self.people)
        self._desk, self._clock, self._settings = desk, clock, settings
        pairing = Pairing(self.people, clock, desk, self._menus.refresh)
        self._reception = Reception(
            self.people, self._cockpit_of, pairing, opened=self._menus.refresh
        )
        self._tasks: asyncio.TaskGroup | None = None
        self._began_at: float | None = None
        self._farewell: Message | None = None
        self.herald = Herald(
            desk,
            self.pictures,
            clock,
            outbox=self._outbox,
            chats=self.people.staff,
        )
        gate = Gate(
            lambda user_id: self.people.role(user_id) is not None,
            clock,
            has_code=lambda user_id, text: pairing.right_code(user_id, text) is not None,
            named=desk.name_stranger,
        )
        self._app.add_handler(TypeHandler(Update, gate), group=-1)
        mine = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
        self._app.add_handler(MessageHandler(mine, self._reception.on_message))
        self._app.add_handler(CallbackQueryHandler(self._reception.on_tap))
        self._app.add_error_handler(_log_failure)
        self._polling = Polling(
            self._app.bot,
            self._app.process_update,
            self._warn_of_conflict,
            on_reached=self._outbox.go_on,
            retry_s=self._pacing.retry_s,
            retry_max_s=self._poll_retry_max_s,
        )

    def _cockpit_of(self, role: Role, account: AccountName | None) -> Cockpit:
        """Return what handlers of a role may use: no more of the engine than the role needs."""
        desk, pictures = self._desk, self.pictures
        if role is not Role.OWNER:
            desk = RoleDesk(desk, role, account)
        if role is Role.FOLLOWER:
            # Pictures show the master and everybody; a follower has the text, which is his alone.
            pictures = PictureDesk(self._outbox)
        cockpit = Cockpit(
            desk,
            self._clock,
            self._settings,
            self._outbox,
            self._spawn,
            pictures=pictures,
            role=role,
        )
        cockpit.bot_name = self._bot_name
        cockpit.person_changed = self._menus.refresh
        return cockpit

    def _bot_name(self) -> str:
        try:
            return str(self._app.bot.username)
        except RuntimeError:
            return ""

    def offer(self, notice: Notice) -> None:
        """Take a notice for everybody it concerns. Returns at once; works before and during an outage.

        Never raises: it is called by the engine, in the middle of what it does.
        """
        try:
            self._tell(notice, None)
        except Exception as error:  # noqa: BLE001 - the engine goes on; the journal knows it as not shown
            _log.error(
                "notice not taken",
                extra={"action": "chat_send", "reason": type(error).__name__},
                exc_info=error,
            )

    @property
    def silent_s(self) -> float:
        """Seconds since Telegram was last read without an error, or since :meth:`run` first began."""
        heard = self._polling.heard_at
        since = self._began_at if heard is None else heard
        return 0.0 if since is None else asyncio.get_running_loop().time() - since

    @property
    def backlog(self) -> tuple[int, datetime | None]:
        """How much waits to be said, and when what the oldest of it tells happened."""
        return self._outbox.backlog()

    @property
    def in_conflict(self) -> bool:
        """Whether another program polls with this token, so that commands may not arrive."""
        return self._polling.in_conflict

    def login_pending(self) -> bool:
        """Whether a login button may still be used."""
        return bool(self._reception.owners.logins.states.open())

    async def login_called_back(self, *, state: str, token: Secret | None) -> bool | None:
        """Use what a browser brought from Zerodha; see ``bot/chat/login.py``."""
        return await self._reception.owners.logins.called_back(state=state, token=token)

    def offer_again(self, notice: Notice, chats: Collection[int]) -> None:
        """Take a notice from before the start for the chats that may not have been shown it."""
        self._tell(notice, chats)

    def _tell(self, notice: Notice, chats: Collection[int] | None) -> None:
        if not self.herald.takes(notice, chats):
            self._outbox.offer(notice, chats=chats)

    def greet(self) -> None:
        """Say how the program began: mode, copying or not, armed or not, and the next step.

        Returns at once. While copying goes on the engine's own notice says so.
        """
        view = self._cockpit.desk.status()
        if not view.copying:
            html = render.greeting(view, now=self._cockpit.now)
            self._outbox.tell_admins(Message(html=html, silent=view.venue is Venue.PAPER))

    def farewell(self) -> None:
        """Say that the program was ended, where exits do not follow now; the last words carry it out.

        Returns at once; it is said when the chat closes. A terminal that was closed ends the program too, and
        nobody sees it there.
        """
        view = self._cockpit.desk.status()
        if view.copying or any(account.holds_live for account in view.accounts):
            html = render.farewell(view, now=self._cockpit.now)
            self._farewell = Message(html=html, silent=view.venue is Venue.PAPER)

    async def run(self) -> None:
        """Serve until cancelled, then say the last words and close within a few seconds."""
        # Of the first beginning: a silence goes on while the chat begins anew.
        self._began_at = self._began_at or asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._outbox.run())
                tasks.create_task(self.pictures.run())
                tasks.create_task(self.herald.run())
                tasks.create_task(self._menus.run())
                tasks.create_task(self._keep_up())
                tasks.create_task(self._serve())
        finally:
            self._tasks = None
            await self._close()

    async def _keep_up(self) -> None:
        """Keep status cards up to date where they are the newest message."""

        def draw(chat_id: int) -> tuple[Message, str] | None:
            role = self.people.role(chat_id)
            if role is None:
                return None
            view = self.people.desk_of(chat_id).status()
            return status_message(view, now=self._cockpit.now, role=role), gist(view)

        outbox = self._outbox
        await keep_up(outbox.live, draw, outbox.keep_up, every_s=self._pacing.live_s)

    async def _serve(self) -> None:
        await self._connect()
        await self._app.start()
        self._menus.set_all()
        await self._polling.run()

    async def _connect(self) -> None:
        """Reach Telegram once, however long it takes; the library does not repeat this itself."""
        wait, told = self._pacing.retry_s, ""
        while True:
            try:
                await self._app.initialize()
                await self._drop_webhook()
            except TelegramError as error:
                # The text of InvalidToken holds the token: only the kind is logged.
                reason = type(error).__name__
                if reason != told:
                    told = reason
                    _log_unreached(error)
                await asyncio.sleep(wait)
                wait = min(self._poll_retry_max_s, wait * 2)
            else:
                _log.info("chat connected", extra={"action": "chat_start"})
                self._outbox.go_on()
                return

    async def _drop_webhook(self) -> None:
        """Remove a webhook of another program, which would make every poll a conflict.

        Raises:
            NetworkError: Telegram was not reached; try again.
        """
        try:
            await self._app.bot.delete_webhook(drop_pending_updates=False)
        except InvalidToken:
            # The token was accepted a moment ago: this server has no such method.
            _log.info("no webhooks on this server", extra={"action": "chat_start"})

    def _spawn(self, work: Coroutine[Any, Any, None], ask: Incoming) -> None:
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(self._reception.guarded(work, ask))

    def _warn_of_conflict(self) -> None:
        if self._conflicted is not None:
            self._conflicted(SECOND_POLLER)
            return
        text = SECOND_POLLER
        html = render.note(self._cockpit.venue, text, now=self._cockpit.now, mark="⚠️")
        self._outbox.tell_admins(Message(html=html))

    async def _close(self) -> None:
        if self._app.running:
            await _within(_STEP_SECONDS, self._polling.acknowledge())
            await _within(_STEP_SECONDS, self._app.stop())
        if self._farewell is not None:
            # Only now: the sender that ends would be stopped in the middle of it, and it would be said twice.
            self._outbox.tell_admins(self._farewell)
        await _within(_DRAIN_SECONDS, self._outbox.drain())
        await _within(_STEP_SECONDS, self._app.shutdown())
        await _within(_STEP_SECONDS, self._app.bot.shutdown())


def _build(settings: ChatSettings, transport: httpx.AsyncBaseTransport | None) -> _App:
    # A proxy of the environment must not stand before a server on this machine.
    direct: dict[str, Any] = {"trust_env": not settings.api_is_local}
    if transport is not None:
        direct["transport"] = transport
    # No updater, no job queue, no rate limiter: polling and outbox own every wait.
    builder = (
        ApplicationBuilder()
        .token(settings.bot_token.reveal())
        .base_url(f"{settings.api_url}/bot")
        .base_file_url(f"{settings.api_url}/file/bot")
        .request(ChatRequest(connection_pool_size=8, httpx_kwargs=direct))
        .get_updates_request(UpdatesRequest(connection_pool_size=2, httpx_kwargs=direct))
        .updater(None)
        .job_queue(None)
    )
    return builder.build()


def _log_unreached(error: TelegramError) -> None:
    if isinstance(error, InvalidToken):
        # Tried on all the same: a Bot API server that starts up answers so too.
        _log.error(
            "Telegram refuses TELEGRAM__BOT_TOKEN - copy it again from @BotFather",
            extra={"action": "chat_start"},
        )
    else:
        _log.warning(
            "telegram not reached at start, trying again",
            extra={"action": "chat_start", "reason": type(error).__name__},
        )


async def _within(seconds: float, step: Awaitable[None]) -> None:
    """Do one step of closing; whatever goes wrong in it, the next ones follow."""
    try:
        async with asyncio.timeout(seconds):
            await step
    except Exception as error:  # noqa: BLE001 - closing goes on whatever a step does
        _log.info(
            "closing step failed", extra={"action": "chat_stop", "reason": type(error).__name__}
        )


async def _log_failure(_update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
    """Log what the library caught, by its kind only."""
    _log.error("update failed", extra={"action": "chat", "reason": type(context.error).__name__})
