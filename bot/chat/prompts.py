"""Buttons that act at most once, for the person who was asked, within a minute, never after a restart.

The data of a button is an opaque nonce: a modified client can send any data, so nothing that
changes state may be spelt in it (Telegram Bot API, CallbackQuery: the data may be forged).
"""

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chat.incoming import Incoming
from bot.chat.message import Button, Buttons
from bot.chat.times import clock_time
from engine.clock import Clock

#: How long a question stands.
PROMPT_SECONDS = 60.0

_PREFIX = "v1"
_NONCE_BYTES = 16
_CANCEL = -1
#: Ends the data of a button whose message stands; it must outlive a restart, and forged it changes nothing but
#: where an answer appears.
_APART = "|apart"
#: Answered questions remembered, so that a second tap can be told what happened.
_REMEMBERED = 500

#: What the engine's state looked like; a prompt asked in another state does not act.
StateVersion = tuple[object, ...]
#: For a question that stands whatever the state does meanwhile.
ANY_STATE: StateVersion = ("any",)
#: Runs the chosen thing; the answer goes into the message that carried the buttons.
Action = Callable[[Incoming], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One button and what it does. A confirming button's label begins with ``Confirm``."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The tap counts: run the action."""

    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The person chose ``Cancel``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """The tap does nothing. ``toast`` says why; ``settled`` removes the buttons, with the reason."""

    toast: str
    settled: bool


Verdict = Accepted | Cancelled | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    user_id: int
    deadline_s: float
    version: StateVersion
    choices: tuple[Choice, ...]


class Prompts:
    """Questions with buttons, in memory only: a restart makes every one of them void.

    Args:
        clock: Ends questions after a minute and stamps answers.
        version: Returns the state a question was asked in; compared again at the tap.
    """

    def __init__(self, clock: Clock, version: Callable[[], StateVersion]) -> None:
        self._clock = clock
        self._version = version
        self._open: OrderedDict[str, _Question] = OrderedDict()
        self._answered: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def ask(
        self,
        user_id: int,
        choices: tuple[Choice, ...],
        *,
        version: StateVersion | None = None,
        apart: bool = False,
    ) -> Buttons:
        """Open a question and return its buttons, one per row, ``Cancel`` last.

        Args:
            user_id: The only person whose tap counts.
            choices: At least one.
            version: The state the question is about; now's where it is not given.
            apart: Whether the message says what stands, so that answers are messages of their own.
        """
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        self._open[nonce] = _Question(
            user_id=user_id,
            deadline_s=self._clock.monotonic() + PROMPT_SECONDS,
            version=self._version() if version is None else version,
            choices=choices,
        )
        while len(self._open) > _REMEMBERED:
            self._open.popitem(last=False)
        end = _APART if apart else ""
        rows = [
            (Button(text=choice.label, data=f"{_PREFIX}|{nonce}|{index}{end}"),)
            for index, choice in enumerate(choices)
        ]
        return (*rows, (Button(text="Cancel", data=f"{_PREFIX}|{nonce}|{_CANCEL}{end}"),))

    @staticmethod
    def owns(data: str) -> bool:
        """Return whether tapped data belongs to a question, open or not."""
        return data.startswith(f"{_PREFIX}|")

    @staticmethod
    def is_apart(data: str) -> bool:
        """Return whether the answer to a tap leaves the message of the button as it is."""
        return data.endswith(_APART)

    def tap(self, data: str, user_id: int) -> Verdict:
        """Judge a tap. The question is closed before this returns, so no second tap can act."""
        nonce, index = _read(data)
        question = self._open.get(nonce)
        if question is None:
            return self._late(nonce)
        if question.user_id != user_id:
            return Dead(toast="This was asked of someone else.", settled=False)
        if not (index == _CANCEL or 0 <= index < len(question.choices)):
            return Dead(toast="No such button.", settled=False)
        del self._open[nonce]
        verdict = self._judge(question, index)
        self._remember(nonce, _word(verdict))
        return verdict

    def _judge(self, question: _Question, index: int) -> Verdict:
        if index == _CANCEL:
            return Cancelled()
        if self._clock.monotonic() > question.deadline_s:
            return Dead(toast="Not done: the 60 s are over. Send the command again.", settled=True)
        if question.version not in (ANY_STATE, self._version()):
            return Dead(
                toast="Not done: the state has changed. Send the command again.", settled=True
            )
        return Accepted(action=question.choices[index].action)

    def _late(self, nonce: str) -> Dead:
        if nonce in self._answered:
            word, at = self._answered[nonce]
            return Dead(toast=f"Already {word} at {clock_time(at)}.", settled=False)
        return Dead(
            toast="Not done: this button is from before a restart. Send the command again.",
            settled=True,
        )

    def _remember(self, nonce: str, word: str) -> None:
        self._answered[nonce] = (word, self._clock.now())
        while len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)


def _read(data: str) -> tuple[str, int]:
    parts = data.removesuffix(_APART).split("|")
    if len(parts) != 3:
        return "", 0
    try:
        return parts[1], int(parts[2])
    except ValueError:
        return "", 0


def _word(verdict: Verdict) -> str:
    match verdict:
        case Accepted():
            return "confirmed"
        case Cancelled():
            return "cancelled"
        case Dead():
            return "closed"
