"""What a channel is: one attempt to hand one text over, and how that ended."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertText:
    """An alert in plain words.

    Attributes:
        key: The same for every attempt at the same alert, another for every other.
        headline: One line, the mode first.
        body: All of it, the headline included.
    """

    key: str
    headline: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It was taken. ``but`` says what went wrong all the same, with the mend; empty: nothing."""

    but: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It was not taken, or nobody knows. Try again.

    Attributes:
        why: What is wrong and, where a person has to do something, the mend; never a secret.
        lasting: Whether it stays so until a person does something.
        may_have_arrived: Whether it may have been taken after all.
        wait_s: Seconds that the other side asked to be left alone; None: it did not ask.
    """

    why: str
    lasting: bool = False
    may_have_arrived: bool = False
    wait_s: float | None = None


class Channel(Protocol):
    """One way to reach people."""

    @property
    def name(self) -> str:
        """Its name in settings, commands and the store: ``email``."""
        ...

    @property
    def title(self) -> str:
        """Its name in a sentence: ``E-mail``."""
        ...

    async def send(self, text: AlertText) -> Sent | NotSent:
        """Try once to hand a text over; one call at a time, never an exception for a failure."""
        ...

    async def close(self) -> None:
        """Give up connections."""
        ...
