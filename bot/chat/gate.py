"""Who is heard. Every update of every kind passes here first; strangers get silence."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telegram import Message, Update, User
from telegram.constants import ChatID, ChatType
from telegram.ext import ApplicationHandlerStop, CallbackContext

from bot.chat.spoken import cleaned, says_stop
from engine.clock import Clock

_log = logging.getLogger(__name__)

#: Messages a person may send in a burst, and per second after it; a thumb is slower.
BURST = 20.0
PER_SECOND = 2.0

_STRANGER_EVERY_S = 3600.0
_REMEMBERED = 1_000
#: Reducing risk is never throttled.
NEVER_THROTTLED = ("/stop", "/pause", "/panic")


#: Telegram's one id for all anonymous admins of groups: it names nobody (telegram.constants).
_GROUP_ADMIN = int(ChatID.ANONYMOUS_ADMIN)


def _no_code(_user_id: int, _text: str) -> bool:
    return False


def _nobody_told(_user_id: int, _name: str) -> None:
    return None


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class Gate:
    """Lets through plain messages and taps of known people in their private chat, and nothing else.

    But for one thing: a stranger's message that holds a pairing code that works now.

    Args:
        is_known: Whether a numeric user id is heard; names change hands, ids do not.
        clock: Fills the buckets and spaces the log lines.
        has_code: Whether a stranger's text holds a pairing code that works now.
        named: Told of a stranger once an hour, by id and name.
    """

    def __init__(
        self,
        is_known: Callable[[int], bool],
        clock: Clock,
        *,
        has_code: Callable[[int, str], bool] = _no_code,
        named: Callable[[int, str], None] = _nobody_told,
    ) -> None:
        self._is_known = is_known
        self._clock = clock
        self._has_code = has_code
        self._named = named
        self._buckets: dict[int, _Bucket] = {}
        self._strangers: OrderedDict[int, float] = OrderedDict()

    async def __call__(self, update: Update, _context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Stop the update unless it may be read; to be a handler in the first group.

        Raises:
            ApplicationHandlerStop: The update is not for us; no other handler sees it.
        """
        if not self.admits(update):
            raise ApplicationHandlerStop

    def admits(self, update: Update) -> bool:
        """Return whether an update may be read; log a stranger once an hour."""
        user = update.effective_user
        if user is None or not self._is_known(user.id):
            if user is not None and self._brings_code(update, user):
                return True
            self._note_stranger(user)
            return False
        if update.callback_query is not None:
            readable = _is_private_tap(update, user)
        else:
            readable = update.message is not None and _is_plain(update.message, user)
        return readable and self._has_token(update, user.id)

    def _brings_code(self, update: Update, user: User) -> bool:
        message = update.message
        if message is None or update.callback_query is not None or not _is_plain(message, user):
            return False
        return self._has_code(user.id, message.text or "")

    def _has_token(self, update: Update, user_id: int) -> bool:
        text = cleaned((update.message.text if update.message else None) or "")
        if text.lower().startswith(NEVER_THROTTLED) or says_stop(text):
            return True
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(user_id, _Bucket(BURST, now))
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at_s) * PER_SECOND)
        bucket.at_s = now
        if bucket.tokens < 1.0:
            _log.warning("too many messages at once", extra={"action": "gate", "user_id": user_id})
            return False
        bucket.tokens -= 1.0
        return True

    def _note_stranger(self, user: User | None) -> None:
        user_id = 0 if user is None else user.id
        now = self._clock.monotonic()
        seen = self._strangers.get(user_id)
        if seen is not None and now - seen < _STRANGER_EVERY_S:
            return
        self._strangers[user_id] = now
        self._strangers.move_to_end(user_id)
        while len(self._strangers) > _REMEMBERED:
            self._strangers.popitem(last=False)
        _log.info("stranger ignored", extra={"action": "gate", "user_id": user_id})
        if user is not None and user.id != _GROUP_ADMIN:
            self._named(user.id, user.full_name)


def _is_plain(message: Message, user: User) -> bool:
    """Whether it is the person's own words in their own chat: not forwarded, not by another bot."""
    return (
        message.from_user == user
        and message.chat.type == ChatType.PRIVATE
        and message.chat.id == user.id
        and message.via_bot is None
        and message.sender_chat is None
        and message.forward_origin is None
        and message.edit_date is None
    )


def _is_private_tap(update: Update, user: User) -> bool:
    query = update.callback_query
    if query is None or query.message is None or query.inline_message_id is not None:
        return False
    return query.message.chat.type == ChatType.PRIVATE and query.message.chat.id == user.id
