"""The messages of offers: their buttons while they are open, and what came of them afterwards.

The data of a button is a random token, of which the store keeps only a digest: whoever reads the
store cannot press, and nothing that a modified client makes up is a button of ours (Telegram Bot
API, CallbackQuery: the data may be forged).
"""

import hashlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from bot.chat.html_text import escape
from bot.chat.message import Button, Buttons, Message, read_rows
from bot.chat.render import alert
from bot.chat.render_morning import login_rows
from engine.control import ControlDesk
from engine.core.chat.offer_view import OfferView
from engine.core.values.control import MakeButtons, Requester
from engine.core.values.logins import LOGINS_TOPIC
from engine.core.values.notices import Notice
from engine.errors import JournalError

_log = logging.getLogger(__name__)

#: Data of an offer's button: this, the token, and which of the choices.
OFFER_PREFIX = "o|"
_TOKEN_BYTES = 16
_REMEMBERED = 2_000
#: Who asks when a message is made.
_CHAT = Requester(user_id=0, name="chat")


def a_token() -> str:
    """Return data nobody can guess (128 bits)."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class OfferBoard:
    """Draws the messages of offers.

    Args:
        desk: Keeps the offers.
        new_token: Makes the data of a message's buttons.
        may_press: Whether the person of a chat gets buttons at all.
    """

    def __init__(
        self,
        desk: ControlDesk,
        new_token: Callable[[], str] = a_token,
        *,
        may_press: Callable[[int], bool] = lambda _chat_id: True,
    ) -> None:
        self._may_press = may_press
        self._desk = desk
        self._new_token = new_token
        # A message that is tried again carries the buttons of the first attempt.
        self._tokens: OrderedDict[tuple[int, int], str] = OrderedDict()
        self._messages: OrderedDict[tuple[int, int], tuple[int, Message]] = OrderedDict()

    async def draw(self, notice: Notice, chat_id: int) -> Message:
        """Return an alert as it should look now: with buttons, or with what came of them."""
        message = alert(notice)
        view = self._desk.offer(notice.offer) if notice.offer is not None else None
        if view is not None and view.outcome:
            return ended(message, view)
        if not self._may_press(chat_id):
            return message
        rows: Buttons = login_rows(self._desk.status()) if notice.topic == LOGINS_TOPIC else ()
        if view is not None:
            rows += await self._buttons(view, chat_id)
        return replace(message, buttons=rows) if rows else message

    def redrawn(self, offer_id: int, chat_id: int) -> tuple[int, Message] | None:
        """Return the message that shows an offer in a chat and how it looks now, if there is one."""
        view = self._desk.offer(offer_id)
        if view is None:
            return None
        shown, message = self._messages.get(
            (offer_id, chat_id), (dict(view.shown).get(chat_id), None)
        )
        if shown is None:
            return None
        if message is None:
            notice = self._desk.offer_notice(offer_id)
            if notice is None:
                return None
            message = alert(notice)
        return shown, ended(message, view)

    def delivered(self, notice: Notice, chat_id: int, message_id: int) -> None:
        """Note which message shows an offer; the store learns of it a moment later."""
        if notice.offer is None:
            return
        self._messages[notice.offer, chat_id] = (message_id, alert(notice))
        self._tokens.pop((notice.offer, chat_id), None)
        while len(self._messages) > _REMEMBERED:
            self._messages.popitem(last=False)

    async def _buttons(self, view: OfferView, chat_id: int) -> Buttons:
        if view.login is not None:
            return read_rows(f"Log in {view.login}", f"login {view.login}")
        token = self._tokens.get((view.offer_id, chat_id))
        if token is None:
            token = self._new_token()
            request = MakeButtons(offer_id=view.offer_id, token=digest_of(token))
            try:
                await self._desk.ask(request, by=_CHAT)
            except JournalError:
                # The program is halting: a button could do nothing. What is told still counts.
                _log.warning("buttons not made", extra={"action": "chat_send"})
                return ()
            self._tokens[view.offer_id, chat_id] = token
        return tuple(
            (Button(text=choice.label, data=f"{OFFER_PREFIX}{token}|{number}"),)
            for number, choice in enumerate(view.choices)
        )


def ended(message: Message, view: OfferView) -> Message:
    """Return the message of an offer without buttons, with what came of it as its last lines."""
    if not view.outcome:
        return replace(message, buttons=())
    return replace(message, buttons=()).with_line(f"➜ {escape(view.outcome)}")
