"""One private chat: what is on the person's screen, and everything that ever changed on it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from demo.chat.errors import bad_request
from demo.chat.html_text import trim
from demo.chat.keyboards import NO_MARKUP, Markup
from demo.chat.messages import Attachment, Button, Entity, Message, User, utf16_length

MAX_TEXT = 4096
"""UTF-16 units after the formatting is read. Source: Telegram Bot API, sendMessage."""

MAX_CAPTION = 1024
"""UTF-16 units after the formatting is read. Source: Telegram Bot API, sendPhoto."""

DELETABLE_FOR = timedelta(hours=48)
"""Source: Telegram Bot API, deleteMessage."""


class ChangeKind(StrEnum):
    """What happened on the screen."""

    SHOWN = "shown"
    EDITED = "edited"
    DELETED = "deleted"
    PINNED = "pinned"
    TOAST = "toast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """The short notice over the chat that answers a tap.

    Attributes:
        text: At most 200 characters, may be empty.
        alert: True for a box that must be dismissed.
    """

    text: str
    alert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step in the life of the screen.

    Attributes:
        number: Rises by one within the chat, from 1.
        kind: What happened.
        chat_id: Whose screen.
        message: The message as it was right after the change; for a toast, the tapped one.
        toast: The notice, for ``TOAST`` only.
    """

    number: int
    kind: ChangeKind
    chat_id: int
    message: Message
    toast: Toast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is sent. ``must_reply`` refuses a ``reply_to`` that does not exist."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    markup: Markup = NO_MARKUP
    attachment: Attachment | None = None
    reply_to: int | None = None
    must_reply: bool = True
    silent: bool = False


class Conversation:
    """The private chat between one person and the bot.

    The change log is kept whole: a script must be able to see a state that an edit replaced a
    moment later.
    """

    def __init__(self, person: User) -> None:
        self.person = person
        self.has_started = True
        self.has_blocked = False
        self.pinned_id: int | None = None
        self._messages: dict[int, Message] = {}
        self._changes: list[Change] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """Messages as they stand now, oldest first, deleted ones gone."""
        return tuple(self._messages.values())

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that happened on this screen, oldest first."""
        return tuple(self._changes)

    def find(self, message_id: int) -> Message | None:
        """Return a message as it stands now, or None if it never was or is deleted."""
        return self._messages.get(message_id)

    def show(self, draft: Draft, *, message_id: int, sender: User, at: datetime) -> Change:
        """Append a message.

        Raises:
            ApiError: 400, empty or too long, or an answer to a message that is not there.
        """
        text, entities = self._checked(draft.text, draft.entities, draft.attachment, edit=False)
        reply_to = draft.reply_to
        if reply_to is not None and reply_to not in self._messages:
            if draft.must_reply:
                raise bad_request("message to be replied not found")
            reply_to = None
        message = Message(
            message_id=message_id,
            chat_id=self.person.id,
            sender=sender,
            sent_at=at,
            text=text,
            entities=entities,
            keyboard=draft.markup.inline,
            reply_keyboard=draft.markup.reply,
            attachment=draft.attachment,
            reply_to=reply_to,
            silent=draft.silent,
        )
        return self._put(ChangeKind.SHOWN, message)

    def edit(self, message_id: int, *, draft: Draft, sender: User, at: datetime) -> Change:
        """Replace text, formatting, buttons and a new attachment of a message that ``sender`` wrote.

        Raises:
            ApiError: 400, not there, not the sender's, no text, too long, or not modified.
        """
        old = self._own(message_id, sender)
        if old.attachment is not None and draft.attachment is None:
            raise bad_request("there is no text in the message to edit")
        text, entities = self._checked(draft.text, draft.entities, draft.attachment, edit=True)
        new = replace(
            old,
            text=text,
            entities=entities,
            keyboard=draft.markup.inline,
            attachment=draft.attachment,
        )
        self._require_difference(old, new)
        return self._put(ChangeKind.EDITED, replace(new, edited_at=at))

    def edit_keyboard(
        self, message_id: int, keyboard: tuple[tuple[Button, ...], ...], *, sender: User
    ) -> Change:
        """Replace or remove the buttons only; the same errors as ``edit``."""
        old = self._own(message_id, sender)
        new = replace(old, keyboard=keyboard)
        self._require_difference(old, new)
        return self._put(ChangeKind.EDITED, new)

    def delete(self, message_id: int, *, at: datetime) -> Change:
        """Take a message off the screen, the bot's or the person's.

        Raises:
            ApiError: 400, not there or older than 48 hours.
        """
        message = self._messages.get(message_id)
        if message is None:
            raise bad_request("message to delete not found")
        if at - message.sent_at > DELETABLE_FOR:
            raise bad_request("message can't be deleted for everyone")
        del self._messages[message_id]
        if self.pinned_id == message_id:
            self.pinned_id = None
        return self._log(ChangeKind.DELETED, message)

    def pin(self, message_id: int) -> Change:
        """Pin a message; 400 if it is not there."""
        message = self._messages.get(message_id)
        if message is None:
            raise bad_request("message to pin not found")
        self.pinned_id = message_id
        return self._log(ChangeKind.PINNED, message)

    def toast(self, toast: Toast, message: Message) -> Change:
        """Show the answer to a tap."""
        return self._log(ChangeKind.TOAST, message, toast)

    def _own(self, message_id: int, sender: User) -> Message:
        message = self._messages.get(message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message.sender.id != sender.id:
            raise bad_request("message can't be edited")
        return message

    @staticmethod
    def _checked(
        text: str, entities: tuple[Entity, ...], attachment: Attachment | None, *, edit: bool
    ) -> tuple[str, tuple[Entity, ...]]:
        text, entities = trim(text, entities)
        if attachment is not None:
            if utf16_length(text) > MAX_CAPTION:
                raise bad_request("message caption is too long")
        elif not text:
            raise bad_request("message text is empty")
        elif utf16_length(text) > MAX_TEXT:
            # The real server words it differently for the two calls.
            raise bad_request("MESSAGE_TOO_LONG" if edit else "message is too long")
        return text, entities

    @staticmethod
    def _require_difference(old: Message, new: Message) -> None:
        if old == new:
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )

    def _put(self, kind: ChangeKind, message: Message) -> Change:
        self._messages[message.message_id] = message
        return self._log(kind, message)

    def _log(self, kind: ChangeKind, message: Message, toast: Toast | None = None) -> Change:
        number = len(self._changes) + 1
        change = Change(
            number=number, kind=kind, chat_id=self.person.id, message=message, toast=toast
        )
        self._changes.append(change)
        return change
