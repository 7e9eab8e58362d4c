"""Which handler an update belongs to. Behind the gate; what a role may do: ``roles.py``."""

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from telegram import Message, Update, User
from telegram.ext import CallbackContext

from bot.chat.alerting import PREFIX as ALERTS_PREFIX
from bot.chat.alerting import Alerting
from bot.chat.arming import Arming
from bot.chat.choosing import Choosing
from bot.chat.cockpit import Cockpit
from bot.chat.commands import Command, find, is_urgent, suggest
from bot.chat.delivery import MENU_LABELS
from bot.chat.detaching import Detaching
from bot.chat.incoming import Incoming
from bot.chat.inquiries import Inquiries
from bot.chat.letting_in import LettingIn
from bot.chat.login import Login
from bot.chat.message import NEW_PREFIX, READ_PREFIX, Buttons, read_rows
from bot.chat.panicking import Panicking
from bot.chat.prompts import PROMPT_SECONDS, Accepted, Cancelled, Choice, Dead, Prompts
from bot.chat.reads import Reads
from bot.chat.reporting import Reporting
from bot.chat.roles import may, refusal
from bot.chat.set_command import SetCommand
from bot.chat.spoken import cleaned, command_word, quoted, says_stop
from bot.chat.starting import Starting
from bot.chat.status_message import STOP
from bot.chat.stopping import OFFER_CANCEL_ENTRIES, Stopping
from bot.chat.syncing import Syncing
from bot.chat.times import span
from bot.chat.to_paper import ToPaper
from engine.core.values.control import Requester
from engine.core.values.market import IST
from engine.errors import CopyTraderError

_log = logging.getLogger(__name__)

#: A state-changing command older than this asks before it runs.
STALE = timedelta(seconds=PROMPT_SECONDS)

_MENU = {
    label: command.name
    for row in MENU_LABELS
    for label in row
    if (command := find(label.replace("&", ""))) is not None
}
#: What a button may run without being asked again: what only looks, and what asks before it acts. Forged
#: data reaches no more than this.
_TAPPABLE = frozenset(
    {
        "status",
        "positions",
        "orders",
        "funds",
        "diff",
        "limits",
        "why",
        "help",
        "login",
        "pnl",
        "latency",
        "report",
        "people",
        "panic",
        "detach",
    }
)
#: Of these, what answers with a message of its own instead of taking the place of the tapped one.
_OWN_MESSAGE = frozenset({"login", "why", "people", "panic", "detach"})

_Context = CallbackContext[Any, Any, Any, Any]
_Handler = Callable[[Incoming], Awaitable[None]]


class Router:
    """Turns updates into askings and hands them to their handlers.

    Args:
        cockpit: What handlers may use.

    Attributes:
        logins: The daily login, also for a browser that comes by another door.
    """

    def __init__(self, cockpit: Cockpit) -> None:
        self._cockpit = cockpit
        self._arming = Arming(cockpit)
        self.logins = Login(cockpit)
        reads = Reads(cockpit)
        inquiries = Inquiries(cockpit)
        reporting = Reporting(cockpit)
        syncing = Syncing(cockpit, self._arming)
        starting = Starting(cockpit, self._arming, syncing)
        self._stopping = Stopping(cockpit)
        self._alerting = Alerting(cockpit)
        self._choosing = Choosing(cockpit, self._arming)
        self._handlers: dict[str, _Handler] = {
            "start": reads.start,
            "help": reads.help,
            "status": reads.status,
            "positions": reads.positions,
            "orders": reads.orders,
            "why": inquiries.why,
            "funds": inquiries.funds,
            "diff": inquiries.diff,
            "limits": inquiries.limits,
            "pnl": reporting.pnl,
            "latency": reporting.latency,
            "report": reporting.report,
            "version": reads.version,
            "start_copy": starting.start_copy,
            "resume": starting.resume,
            "stop": self._stopping.stop,
            "alerts": self._alerting.alerts,
            "set": SetCommand(cockpit, self._arming).set,
            "panic": Panicking(cockpit).panic,
            "pause": self._stopping.pause,
            "paper": ToPaper(cockpit).paper,
            "live": self._arming.live,
            "login": self.logins.login,
            "sync": syncing.sync,
            "detach": Detaching(cockpit).detach,
            "people": LettingIn(cockpit, self._arming).people,
        }

    async def on_message(self, update: Update, _context: _Context) -> None:
        """Run the command of a message, or use the code or address in it."""
        message, user = update.message, update.effective_user
        if message is None or user is None:
            return
        ask = asking(update.update_id, message, user)
        self._cockpit.outbox.live.heard(ask.chat_id)
        await self.guarded(self._read(ask), ask)

    async def on_tap(self, update: Update, _context: _Context) -> None:
        """Run what a button stands for, at most once."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        ask = Incoming(
            update_id=update.update_id,
            by=_requester(query.from_user),
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            # Telegram gives no time of a tap; the question's own minute guards its age.
            sent_at=self._cockpit.now,
            text="",
            refresh=True,
        )
        await self.guarded(self._tapped(ask, query.id, query.data or ""), ask)

    async def guarded(self, work: Awaitable[None], ask: Incoming) -> None:
        """Run a handler to its end; a failure becomes one line for the person."""
        try:
            await work
        except CopyTraderError as error:
            self._cockpit.tell(ask, f"NOT done: {error}", mark="🔴")
        except Exception as error:  # noqa: BLE001 - one person's asking must not end the bot
            op = secrets.token_hex(2)
            # Neither text nor values: an exception's words may hold a token.
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error(
                "chat handler failed",
                extra={"action": "chat", "op": op, "reason": type(error).__name__, "at": frames},
            )
            text = f"something went wrong here (op {op}); the log has it. /status shows what is."
            self._cockpit.tell(ask, text, mark="⚠️")

    async def _read(self, ask: Incoming) -> None:
        text = ask.text
        if says_stop(text):
            await self._run("stop", ask.saying("/stop"))
        elif text in _MENU:
            await self._run(_MENU[text], ask.saying(f"/{_MENU[text]}"))
        elif text.startswith("/") and not self.logins.takes(text):
            await self._command(ask)
        elif self._arming.takes(text, ask.by.user_id):
            await self._arming.code(ask)
        elif self.logins.takes(text):
            await self._pasted(ask, self.logins.paste)
        elif is_urgent(text):
            await self._run("panic", ask)
        else:
            self._not_understood(ask, text.split(maxsplit=1)[0] if text.strip() else "")

    async def _command(self, ask: Incoming) -> None:
        word = command_word(ask.text)
        command = find(word)
        if word.lower() == "pair":
            text = (
                "pair with which code? It has 12 letters and digits; an owner makes one by /people"
            )
            self._cockpit.tell(ask, text)
        elif command is None and is_urgent(ask.text):
            await self._run("panic", ask)
        elif command is None:
            self._not_understood(ask, word)
        elif not self._may(ask, command.name):
            return
        elif command.guarded and self._cockpit.now - ask.sent_at > STALE:
            self._ask_to_run_late(ask, command)
        else:
            await self._run(command.name, ask)

    async def _pasted(self, ask: Incoming, use: _Handler) -> None:
        """Use what may hold a token; of somebody who may not log accounts in it is deleted all the same."""
        if not may(self._cockpit.role, "paste"):
            deletion = self._cockpit.outbox.delete(ask.chat_id, ask.message_id)
            ask = replace(ask, deletion=deletion)
        if self._may(ask, "paste"):
            await use(ask)

    def _may(self, ask: Incoming, act: str) -> bool:
        """Return whether the person may do something; if not, say so in one sentence."""
        role = self._cockpit.role
        if may(role, act):
            return True
        _log.info("refused by role", extra={"action": act, "user_id": ask.by.user_id})
        self._cockpit.tell(replace(ask, refresh=False), refusal(role, act), mark="⚠️")
        return False

    async def _run(self, name: str, ask: Incoming) -> None:
        if not self._may(ask, name):
            return
        _log.info(
            "command", extra={"action": f"/{name}", "user_id": ask.by.user_id, "op": ask.update_id}
        )
        if name == "start" and ask.args and self.logins.takes_payload(ask.args[0]):
            await self._pasted(ask, self.logins.deep_link)
            return
        await self._handlers[name](ask)

    def _ask_to_run_late(self, ask: Incoming, command: Command) -> None:
        cockpit = self._cockpit
        age = span(cockpit.now - ask.sent_at)

        async def run(confirmed: Incoming) -> None:
            await self._run(command.name, confirmed.saying(ask.text))

        choice = Choice(label=f"Confirm: run /{command.name} now", action=run)
        buttons = cockpit.prompts.ask(ask.by.user_id, (choice,))
        text = f"/{command.name} was sent {age} ago and reached me only now. NOT run."
        cockpit.tell(ask, text, mark="⚠️", buttons=buttons)

    async def _tapped(self, ask: Incoming, query_id: str, data: str) -> None:
        cockpit = self._cockpit
        if Prompts.owns(data):
            await self._answered(ask, query_id, data)
            return
        if Choosing.owns(data):
            if not self._may(ask, "press"):
                cockpit.outbox.answer(query_id)
                return
            await self._choosing.press(ask, query_id, data)
            return
        await self._standing(ask, query_id, data)

    async def _standing(self, ask: Incoming, query_id: str, data: str) -> None:
        """Run what a button without a question stands for: reads, and what reduces risk; its data may be forged."""
        cockpit = self._cockpit
        reads = data.startswith((READ_PREFIX, NEW_PREFIX))
        words = data.partition("|")[2].split() if reads else []
        if data.startswith(ALERTS_PREFIX):
            cockpit.outbox.answer(query_id)
            if self._may(ask, "alerts"):
                await self._alerting.press(ask, data)
        elif data == STOP:
            cockpit.outbox.answer(query_id)
            if self._may(ask, "stop"):
                await self._run("stop", replace(ask, text="/stop", refresh=False))
        elif data == OFFER_CANCEL_ENTRIES:
            cockpit.outbox.answer(query_id)
            if self._may(ask, "cancel_entries"):
                await self._stopping.offer_cancel_entries(ask)
        elif words and words[0] in _TAPPABLE:
            cockpit.outbox.answer(query_id)
            own = words[0] in _OWN_MESSAGE or data.startswith(NEW_PREFIX)
            fresh = replace(ask, text=f"/{' '.join(words)}", refresh=not own)
            await self._run(words[0], fresh)
        else:
            cockpit.outbox.answer(query_id, self._toast("This button does nothing any more."))

    async def _answered(self, ask: Incoming, query_id: str, data: str) -> None:
        cockpit = self._cockpit
        verdict = cockpit.prompts.tap(data, ask.by.user_id)
        if Prompts.is_apart(data):
            if not isinstance(verdict, Dead) or verdict.settled:
                # What it says stands; its button has done what it could.
                cockpit.outbox.strip(ask.chat_id, ask.message_id)
            ask = replace(ask, refresh=False)
        match verdict:
            case Accepted(action=action):
                cockpit.outbox.answer(query_id)
                await action(ask)
            case Cancelled():
                cockpit.outbox.answer(query_id, self._toast("Cancelled."))
                cockpit.tell(ask, "cancelled, nothing was done.")
            case Dead(toast=toast, settled=settled):
                cockpit.outbox.answer(query_id, self._toast(toast))
                if settled:
                    cockpit.tell(ask, toast)

    def _toast(self, text: str) -> str:
        return f"{self._cockpit.venue.label} · {text}"

    def _not_understood(self, ask: Incoming, word: str) -> None:
        near = suggest(word) if word else None
        buttons: Buttons = ()
        if near is not None:
            text = f"did you mean /{near.name}? ({near.summary})\nAll commands: /help"
            if near.name in _TAPPABLE:
                words = " ".join([near.name, *ask.args])
                buttons = read_rows(f"/{words}", words)
        elif ask.text.startswith("/"):
            text = f"there is no command /{quoted(word)}. All commands: /help"
        else:
            codes = self._cockpit.settings.require_totp
            what = (
                "commands, login addresses and codes" if codes else "commands and login addresses"
            )
            text = f"I read {what}. All commands: /help"
        self._cockpit.tell(ask, text, buttons=buttons)


def asking(update_id: int, message: Message, user: User) -> Incoming:
    """Return what a message asks."""
    return Incoming(
        update_id=update_id,
        by=_requester(user),
        chat_id=message.chat.id,
        message_id=message.message_id,
        sent_at=message.date.astimezone(IST),
        text=cleaned(message.text or ""),
    )


def _requester(user: User) -> Requester:
    return Requester(user_id=user.id, name=user.full_name or str(user.id))
