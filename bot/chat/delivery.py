"""One call to Telegram, and what its end means for the thing that was to be said."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyKeyboardMarkup,
)
from telegram import Message as TelegramMessage
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.chat.html_text import plain
from bot.chat.message import Buttons
from bot.chat.wire import FloodWaitError, UnreadableReplyError

_log = logging.getLogger(__name__)

MenuRows = tuple[tuple[str, ...], ...]
#: The reply keyboard: reads only, so that a slip of the thumb changes nothing.
MENU_LABELS: MenuRows = (("Status", "Positions", "P&L"), ("Orders", "Latency", "Help"))

#: Seconds that sending a picture may take; on a slow line it takes longer than a text.
_UPLOAD_S = 20.0
_FILE_NAME = "picture.png"

# Failures in which no byte of the request can have reached the server.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


# What cannot be edited, or not into this: a picture has no text, and a text no picture.
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message to edit",
    "there is no media in the message to edit",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Telegram has it; ``message_id`` is 0 where the call makes no message."""

    message_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """This chat has to wait for ``seconds``; nothing was said."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Telegram was not reached or not able. Say it again; ``may_repeat`` if it may have got it."""

    may_repeat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The message to edit is no longer there. Say it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """The person has blocked the bot or never opened the chat. Only they can change that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Telegram will never take it. Drop it."""


Outcome = Delivered | Held | Failed | Gone | Shut | Refused

_Call = Callable[[], Awaitable[TelegramMessage | bool]]


class Delivery:
    """Makes single calls; waits for nothing and repeats nothing but a refused markup.

    Args:
        bot: The library's client; need not be initialised.
        menu_of: Returns the rows of a person's reply keyboard.
    """

    def __init__(
        self, bot: Bot, menu_of: Callable[[int], MenuRows] = lambda _chat_id: MENU_LABELS
    ) -> None:
        self._menu_of = menu_of
        self._bot = bot

    async def send(
        self, chat_id: int, html: str, *, buttons: Buttons, menu: bool, silent: bool
    ) -> Outcome:
        """Say one message of at most 4,096 units."""
        markup = _menu(self._menu_of(chat_id)) if menu and not buttons else _inline(buttons)

        def formatted() -> Awaitable[TelegramMessage]:
            return self._bot.send_message(
                chat_id,
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                disable_notification=silent,
            )

        def bare() -> Awaitable[TelegramMessage]:
            return self._bot.send_message(chat_id, plain(html), disable_notification=silent)

        return await self._call(formatted, otherwise=bare)

    async def edit(self, chat_id: int, message_id: int, html: str, *, buttons: Buttons) -> Outcome:
        """Replace the text and the buttons of a message."""

        def formatted() -> Awaitable[TelegramMessage | bool]:
            return self._bot.edit_message_text(
                html,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=_inline(buttons),
            )

        outcome = await self._call(formatted)
        return Delivered(message_id=message_id) if isinstance(outcome, Delivered) else outcome

    async def strip(self, chat_id: int, message_id: int) -> Outcome:
        """Take the buttons off a message."""
        return await self._call(
            lambda: self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id)
        )

    async def photo(
        self, chat_id: int, png: bytes, html: str, *, buttons: Buttons, silent: bool
    ) -> Outcome:
        """Show a picture with a text of at most 1,024 units below it."""

        def shown(caption: str, parse_mode: str | None) -> Awaitable[TelegramMessage]:
            return self._bot.send_photo(
                chat_id,
                png,
                caption=caption,
                parse_mode=parse_mode,
                reply_markup=_inline(buttons),
                disable_notification=silent,
                filename=_FILE_NAME,
                write_timeout=_UPLOAD_S,
                read_timeout=_UPLOAD_S,
            )

        return await self._call(
            lambda: shown(html, ParseMode.HTML), otherwise=lambda: shown(plain(html), None)
        )

    async def edit_photo(
        self, chat_id: int, message_id: int, png: bytes, html: str, *, buttons: Buttons
    ) -> Outcome:
        """Put another picture, text and buttons in the place of those of a message."""
        media = InputMediaPhoto(png, caption=html, parse_mode=ParseMode.HTML, filename=_FILE_NAME)
        outcome = await self._call(
            lambda: self._bot.edit_message_media(
                media,
                chat_id=chat_id,
                message_id=message_id,
                reply_markup=_inline(buttons),
                write_timeout=_UPLOAD_S,
                read_timeout=_UPLOAD_S,
            )
        )
        return Delivered(message_id=message_id) if isinstance(outcome, Delivered) else outcome

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        """Delete a message, also one a person wrote."""
        return await self._call(lambda: self._bot.delete_message(chat_id, message_id))

    async def answer(self, query_id: str, text: str) -> Outcome:
        """Answer a tap, with a toast if there is a text (at most 200 characters)."""
        return await self._call(lambda: self._bot.answer_callback_query(query_id, text or None))

    async def _call(self, call: _Call, *, otherwise: _Call | None = None) -> Outcome:
        try:
            result = await call()
        except FloodWaitError as wait:
            return Held(seconds=wait.seconds)
        except BadRequest as error:  # before NetworkError, which is its base class
            return await self._after_bad_request(error, otherwise)
        except Forbidden:
            _log.warning("chat refused: blocked or never opened", extra={"action": "chat_send"})
            return Shut()
        except NetworkError as error:
            _log.debug(
                "telegram not reached",
                extra={"action": "chat_send", "reason": type(error).__name__},
            )
            return Failed(may_repeat=not isinstance(error.__cause__, _NEVER_LEFT))
        except TelegramError as error:
            # Its text may hold the bot token: only its kind is logged.
            _log.warning(
                "telegram refused a call",
                extra={"action": "chat_send", "reason": type(error).__name__},
            )
            # What cannot be read came from a page in front, or was cut off: it may have been done.
            return Failed(may_repeat=isinstance(error, UnreadableReplyError))
        return Delivered(message_id=0 if isinstance(result, bool) else result.message_id)

    async def _after_bad_request(self, error: BadRequest, otherwise: _Call | None) -> Outcome:
        reason = error.message.lower()
        if "not modified" in reason:
            return Delivered()
        if "query is too old" in reason or "query id is invalid" in reason:
            return Refused()
        if any(words in reason for words in _GONE):
            return Gone()
        if "message to delete not found" in reason:
            return Delivered()  # the person was quicker: it is as it should be
        if "chat not found" in reason:
            _log.warning("chat was never opened", extra={"action": "chat_send"})
            return Shut()
        _log.error(
            "telegram refused a message", extra={"action": "chat_send", "reason": error.message}
        )
        return Refused() if otherwise is None else await self._call(otherwise)


def _inline(buttons: Buttons) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(b.text, url=b.url)
                if b.url
                else InlineKeyboardButton(b.text, callback_data=b.data)
                for b in row
            ]
            for row in buttons
        ]
    )


def _menu(rows: MenuRows) -> ReplyKeyboardMarkup:
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, is_persistent=True)
