"""People by script: they type, tap and wait for what the bot shows them."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from demo.chat.conversation import Change, ChangeKind, Toast
from demo.chat.errors import NotShownError
from demo.chat.messages import Button, Message, User
from demo.chat.telegram import LocalTelegram

#: A text to look for, or a test of the whole message.
Wanted = str | Callable[[Message], bool]


class Person:
    """One person with the bot's chat open on the phone.

    ``expect`` looks at everything the bot showed or edited since this person last typed or tapped,
    so an answer that came before the script got round to waiting is not missed, and an older
    message with the same words does not count.
    """

    def __init__(self, telegram: LocalTelegram, user: User) -> None:
        self._telegram = telegram
        self._chat = telegram.join(user)
        self._last_act = self.mark()

    @property
    def id(self) -> int:
        """Numeric Telegram id, which is the chat id too."""
        return self._chat.person.id

    @property
    def name(self) -> str:
        """Name as the chat shows it."""
        return self._chat.person.name

    def messages(self) -> tuple[Message, ...]:
        """Return the conversation as it stands on the screen, oldest first."""
        return self._chat.messages

    def message(self, message_id: int) -> Message:
        """Return one message as it stands now.

        Raises:
            LookupError: It was never there or is deleted.
        """
        found = self._chat.find(message_id)
        if found is None:
            raise LookupError(f"{self.name} sees no message {message_id}")
        return found

    def pinned(self) -> Message | None:
        """Return the pinned message, if any."""
        return None if self._chat.pinned_id is None else self._chat.find(self._chat.pinned_id)

    def toasts(self) -> tuple[Toast, ...]:
        """Return every answer to a tap so far, oldest first; most have no text."""
        return tuple(change.toast for change in self._chat.changes if change.toast is not None)

    def mark(self) -> int:
        """Return the present point in this chat, for ``expect(since=…)``; 0 is the beginning."""
        return len(self._chat.changes)

    def send(
        self, text: str, *, sent_at: datetime | None = None, reply_to: Message | None = None
    ) -> int:
        """Type a message; returns the update id.

        Args:
            text: As typed.
            sent_at: Another time than now, for a message that waited while the bot was away.
            reply_to: Message this answers.
        """
        self._last_act = self.mark()
        reply_id = None if reply_to is None else reply_to.message_id
        return self._telegram.person_says(self.id, text, sent_at=sent_at, reply_to=reply_id)

    def edit(self, message: Message | int, text: str) -> int:
        """Change one's own message; returns the id of the ``edited_message`` update."""
        self._last_act = self.mark()
        return self._telegram.person_edits(self.id, _id_of(message), text)

    def tap(self, message: Message | int, label: str) -> int:
        """Tap an inline button by its text or the beginning of it; returns the update id.

        Raises:
            LookupError: The message or the button is not on the screen.
            ValueError: It is a link; read ``.button(label).url`` and open it.
        """
        shown = self.message(_id_of(message))
        button: Button = shown.button(label)
        if button.data is None:
            raise ValueError(f"button {button.text!r} opens {button.url}; it sends no tap")
        return self.tap_data(shown, button.data)

    def tap_data(self, message: Message | int, data: str) -> int:
        """Send a tap with any data: a forged one, or from a screen that an edit has overtaken."""
        self._last_act = self.mark()
        shown = message if isinstance(message, Message) else self.message(message)
        return self._telegram.person_taps(self.id, shown, data)

    def block(self) -> None:
        """Block the bot until this person writes again; its messages get 403."""
        self._chat.has_blocked = True

    async def expect(
        self, wanted: Wanted, timeout_s: float = 5.0, *, since: int | None = None
    ) -> Message:
        """Wait until the bot shows, or edits into, a message that fits.

        Args:
            wanted: A part of the text, or a test of the message.
            timeout_s: How long to wait, seconds > 0.
            since: A ``mark`` to look from; default is this person's last act.

        Returns:
            The message as it was when it fitted; a later edit may have changed it since.

        Raises:
            NotShownError: Nothing fitted in time; says what was shown instead.
        """
        seen = self._last_act if since is None else since
        start = seen
        news = asyncio.Event()
        unsubscribe = self._telegram.on_change(lambda _change: news.set())
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    news.clear()
                    for change in self._chat.changes[seen:]:
                        if _fits(change, wanted):
                            return change.message
                    seen = self.mark()
                    await news.wait()
        except TimeoutError:
            raise NotShownError(self._complaint(wanted, timeout_s, start)) from None
        finally:
            unsubscribe()

    def _complaint(self, wanted: Wanted, timeout_s: float, since: int) -> str:
        what = repr(wanted) if isinstance(wanted, str) else "a message that fits"
        shown = [
            f"  {change.kind} {change.message.message_id}: {change.message.text}"
            for change in self._chat.changes[since:]
            if change.message.from_bot
        ]
        seen = "\n".join(shown) or "  nothing"
        return f"{self.name} waited {timeout_s} s for {what}; the bot showed\n{seen}"


def _id_of(message: Message | int) -> int:
    return message.message_id if isinstance(message, Message) else message


def _fits(change: Change, wanted: Wanted) -> bool:
    if not change.message.from_bot or change.kind not in {ChangeKind.SHOWN, ChangeKind.EDITED}:
        return False
    if isinstance(wanted, str):
        return wanted in change.message.text
    return wanted(change.message)
