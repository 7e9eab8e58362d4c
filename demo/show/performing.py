"""Performs the steps of a day: what the exchange acts at once, and what somebody waits for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from demo.days.acting import Hands
from demo.days.steps import (
    Beat,
    LogIn,
    Pause,
    Say,
    Settle,
    Step,
    UntilCopied,
    UntilTold,
)
from demo.show.accounting import Accounting

#: What stops entries; the picture of the day shows when.
STOP = "/stop"


class House(Protocol):
    """Where a day is performed: it has the time, real or virtual, and the trader's chat."""

    async def beat(self, beats: float) -> None:
        """Let the audience look for this long, seconds at the normal pace."""

    async def pause(self, seconds: float) -> None:
        """Wait true seconds."""

    async def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Wait, bounded, until something holds; return whether it does."""

    async def say(self, text: str, answer: str) -> None:
        """Send a command in the chat and wait for an answer that holds these words."""

    async def log_in(self, account: str) -> None:
        """Log an account in again."""

    async def until_told(self, words: tuple[str, ...]) -> None:
        """Wait until the trader was told something with all these words since the scene began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """Performs steps one by one.

    A wait that is over without what it waited for is no error here: the verdict names what is wrong.

    Attributes:
        hands: Act on the exchange.
        accounting: Knows what is true and what should be.
        house: Where it happens.
    """

    hands: Hands
    accounting: Accounting
    house: House

    async def perform(self, step: Step) -> None:
        """Perform one step and wait for what it says."""
        house = self.house
        match step:
            case Beat(beats):
                await house.beat(beats)
            case Pause(seconds):
                await house.pause(seconds)
            case Settle(beats):
                await house.beat(beats)
                await house.wait_for(self.accounting.is_settled)
            case UntilCopied(label):
                order_id = self.hands.orders[label]
                await house.wait_for(lambda: self.accounting.is_copied(order_id))
            case UntilTold(words):
                await house.until_told(words)
            case Say(text, answer):
                await house.say(text, answer)
                if text == STOP:
                    self.hands.mark(STOP)
            case LogIn(account):
                await house.log_in(account)
                self.hands.mark(f"{account} logs in again")
            case _:
                self.hands.act(step)
