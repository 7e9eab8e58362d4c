"""The local Telegram itself: people, their chats with the one bot, taps and what waits for it.

Pure: time comes in as ``now``, nothing here waits or knows of HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.chat.conversation import Change, Conversation, Draft, Toast
from demo.chat.errors import bad_request, forbidden
from demo.chat.html_text import find_commands
from demo.chat.keyboards import Markup
from demo.chat.messages import Message, User
from demo.chat.updates import UpdateQueue
from demo.chat.wire import callback_json, message_json

QUERY_LIFETIME = timedelta(seconds=15)
"""Telegram publishes no figure; bot authors report answers refused after 10 to 20 seconds."""

MAX_TOAST = 200
"""Characters. Source: Telegram Bot API, answerCallbackQuery."""


@dataclass(frozen=True, slots=True)
class _Query:
    chat_id: int
    message: Message
    asked_at: datetime


class LocalTelegram:
    """All chats of one bot.

    Args:
        bot: The bot; ``is_bot`` and ``username`` must be set.
        now: Returns the present as an aware datetime.
    """

    def __init__(self, *, bot: User, now: Callable[[], datetime]) -> None:
        self.bot = bot
        self.now = now
        self.updates = UpdateQueue()
        self._conversations: dict[int, Conversation] = {}
        self._queries: dict[str, _Query] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._last_message_id = 0
        self._last_query_id = 7_000_000_000

    @property
    def conversations(self) -> tuple[Conversation, ...]:
        """Every chat, in the order people arrived."""
        return tuple(self._conversations.values())

    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` after every visible change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def join(self, person: User, *, has_started: bool = True) -> Conversation:
        """Add a person; one who has pressed Start once may be written to first."""
        chat = self._conversations.get(person.id)
        if chat is None:
            chat = Conversation(person)
            chat.has_started = has_started
            self._conversations[person.id] = chat
        return chat

    def conversation(self, chat_id: int) -> Conversation:
        """Return the chat with this id; 400 "chat not found" if there is none."""
        found = self._conversations.get(chat_id)
        if found is None:
            raise bad_request("chat not found")
        return found

    # What a person does.

    def person_says(
        self,
        chat_id: int,
        text: str,
        *,
        sent_at: datetime | None = None,
        reply_to: int | None = None,
    ) -> int:
        """Show what a person typed and queue it; returns the update id.

        Args:
            chat_id: Who types.
            text: What, as typed; not HTML.
            sent_at: Another time than now, to play a message that waited while the bot was away.
            reply_to: Message this answers.
        """
        chat = self.conversation(chat_id)
        chat.has_started = True
        chat.has_blocked = False
        draft = Draft(text=text, entities=find_commands(text), reply_to=reply_to)
        change = chat.show(
            draft, message_id=self._new_message_id(), sender=chat.person, at=sent_at or self.now()
        )
        self._announce(change)
        return self.updates.add("message", message_json(change.message, chat.person))

    def person_edits(self, chat_id: int, message_id: int, text: str) -> int:
        """Change what a person typed and queue the ``edited_message``; returns the update id."""
        chat = self.conversation(chat_id)
        draft = Draft(text=text, entities=find_commands(text))
        change = chat.edit(message_id, draft=draft, sender=chat.person, at=self.now())
        self._announce(change)
        return self.updates.add("edited_message", message_json(change.message, chat.person))

    def person_taps(self, chat_id: int, message: Message, data: str) -> int:
        """Queue a tap with this data; returns the update id.

        The message is the one the person's app shows, which may be older than the bot's last edit.
        """
        chat = self.conversation(chat_id)
        self._last_query_id += 1
        query_id = str(self._last_query_id)
        self._queries[query_id] = _Query(chat_id, message, self.now())
        payload = callback_json(query_id, message, chat.person, data)
        return self.updates.add("callback_query", payload)

    # What the bot does.

    def bot_sends(self, chat_id: int, draft: Draft) -> Message:
        """Show a message of the bot.

        Raises:
            ApiError: 400 for a message that cannot be shown, 403 for a person who does not want it.
        """
        chat = self._open_chat(chat_id)
        change = chat.show(draft, message_id=self._new_message_id(), sender=self.bot, at=self.now())
        return self._announce(change)

    def bot_edits(self, chat_id: int, message_id: int, draft: Draft) -> Message:
        """Replace a message of the bot; 400 as in ``Conversation.edit``."""
        chat = self._open_chat(chat_id)
        return self._announce(chat.edit(message_id, draft=draft, sender=self.bot, at=self.now()))

    def bot_edits_keyboard(self, chat_id: int, message_id: int, markup: Markup) -> Message:
        """Replace or remove the buttons under a message of the bot."""
        chat = self._open_chat(chat_id)
        return self._announce(chat.edit_keyboard(message_id, markup.inline, sender=self.bot))

    def bot_deletes(self, chat_id: int, message_id: int) -> None:
        """Delete a message, the bot's or the person's; 400 if it is gone or too old."""
        self._announce(self._open_chat(chat_id).delete(message_id, at=self.now()))

    def bot_pins(self, chat_id: int, message_id: int) -> None:
        """Pin a message; 400 if it is not there."""
        self._announce(self._open_chat(chat_id).pin(message_id))

    def bot_answers(self, query_id: str, toast: Toast) -> None:
        """Answer a tap, once and soon.

        Raises:
            ApiError: 400 for a second answer, a late one or an unknown tap.
        """
        if len(toast.text) > MAX_TOAST:
            raise bad_request("MESSAGE_TOO_LONG")
        query = self._queries.pop(query_id, None)
        if query is None or self.now() - query.asked_at > QUERY_LIFETIME:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        self._announce(self.conversation(query.chat_id).toast(toast, query.message))

    def _open_chat(self, chat_id: int) -> Conversation:
        chat = self.conversation(chat_id)
        if chat.has_blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.has_started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def _new_message_id(self) -> int:
        self._last_message_id += 1
        return self._last_message_id

    def _announce(self, change: Change) -> Message:
        for listener in tuple(self._listeners):
            listener(change)
        return change.message
