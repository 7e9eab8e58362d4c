"""A day as a value: who takes part and what happens, scene by scene."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from demo.days.steps import Beat, Order, Pause, Settle, Step
from demo.exchange.build import MASTER, follower_id, follower_name
from demo.exchange.instruments import Key
from demo.exchange.rules import ExchangeRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The accounts of a day.

    Attributes:
        multipliers: One per follower, > 0, in the order of their names.
        poor: Number (from 1) of a follower with little money, whom RMS rejects; None for none.
        poor_funds: What that follower has, rupees.
        rules: Switches of the exchange; None for the usual ones.
    """

    multipliers: tuple[Decimal, ...] = (Decimal(1), Decimal(2), Decimal("0.5"))
    poor: int | None = None
    poor_funds: Decimal = Decimal(400_000)
    rules: ExchangeRules | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The followers' names, in order."""
        return tuple(follower_name(number) for number in range(1, len(self.multipliers) + 1))

    def client_id(self, name: str) -> str:
        """Return the client id of an account of the day; ``master`` is the one that is watched."""
        return MASTER if name == "master" else follower_id(self.names.index(name) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One part of a day.

    Attributes:
        title: Two to five words.
        caption: What is seen and why it matters, one short line.
        steps: What happens.
    """

    title: str
    caption: str
    steps: tuple[Step, ...]

    @property
    def beats(self) -> float:
        """How long it takes at the normal pace, seconds; pauses of true seconds are not in it."""
        return sum(step.beats for step in self.steps if isinstance(step, Beat | Settle))


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A named day.

    Attributes:
        name: As ``--scenario`` takes it.
        title: What it shows, one short line.
        family: Who takes part.
        scenes: What happens.
    """

    name: str
    title: str
    family: Family
    scenes: tuple[Scene, ...]

    @property
    def steps(self) -> Iterator[Step]:
        """All steps in order."""
        return (step for scene in self.scenes for step in scene.steps)

    @property
    def beats(self) -> float:
        """How long it takes at the normal pace, seconds."""
        return sum(scene.beats for scene in self.scenes)

    @property
    def pauses_s(self) -> float:
        """True seconds that pass whatever the pace is."""
        return sum(step.seconds for step in self.steps if isinstance(step, Pause))

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that the master places himself; `CloseAll` places more."""
        return tuple(step for step in self.steps if isinstance(step, Order))

    @property
    def instruments(self) -> tuple[Key, ...]:
        """What is traded, each once, in the order in which it comes up."""
        return tuple(dict.fromkeys(order.instrument for order in self.orders))
