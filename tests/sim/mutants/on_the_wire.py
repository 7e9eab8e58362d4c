"""Gateways that do wrong: what leaves is not what was decided."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from msgspec.structs import replace
from typing_extensions import override

from engine.core.values.commands import Cancel, Command, Outcome, Place, Priority, Unknown
from engine.core.values.market import OrderId
from tests.sim.mutants.planting import Gateway, Mutant, a_day, a_life, resting, then, trouble


class RetriesOnTimeout(Gateway):
    """Sends again what was not answered."""

    @override
    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        def again(outcome: Outcome) -> None:
            if isinstance(outcome, Unknown):
                super(RetriesOnTimeout, self).submit(command, timeout_s=timeout_s, done=done)
            else:
                done(outcome)

        super().submit(command, timeout_s=timeout_s, done=again)


class _Changes(Gateway, ABC):
    """Sends another command than the one that was decided."""

    @abstractmethod
    def changed(self, command: Command) -> Command:
        """Return the command that leaves instead."""

    @override
    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        super().submit(self.changed(command), timeout_s=timeout_s, done=done)


class TurnsExitsRound(_Changes):
    """Sends exits on the wrong side."""

    @override
    def changed(self, command: Command) -> Command:
        if isinstance(command, Place) and command.priority is Priority.EXIT:
            return replace(command, side=command.side.opposite)
        return command


class TurnsEntriesRound(_Changes):
    """Sends entries on the wrong side."""

    @override
    def changed(self, command: Command) -> Command:
        if isinstance(command, Place) and command.priority is Priority.ENTRY:
            return replace(command, side=command.side.opposite)
        return command


class LosesTriggers(_Changes):
    """Sends a stop as the limit that it is to become."""

    @override
    def changed(self, command: Command) -> Command:
        if isinstance(command, Place) and command.trigger_price is not None:
            return replace(command, trigger_price=None)
        return command


class MeansAnother(_Changes):
    """Cancels an order next to the one that is meant."""

    @override
    def changed(self, command: Command) -> Command:
        if isinstance(command, Cancel):
            return replace(command, order_id=OrderId(str(int(command.order_id) - 1)))
        return command


class LosesTags(_Changes):
    """Sends the tag of another order: as many characters, and never journalled."""

    @override
    def changed(self, command: Command) -> Command:
        return replace(command, tag=command.tag[::-1]) if isinstance(command, Place) else command


WIRE = (
    Mutant(
        name="retry on timeout",
        breaks="an order without an answer is posted again",
        plant=lambda _: RetriesOnTimeout,
        plans=(a_day("buy", "sell", troubles=(trouble("lost"),)),),
        said="was posted 2 times",
        rest_s=150,
    ),
    Mutant(
        name="wrong side of an exit",
        breaks="an exit is sent on the side of the entry",
        plant=lambda _: TurnsExitsRound,
        plans=(a_day("buy", "sell"),),
        said="exit KC",
    ),
    Mutant(
        name="wrong side of an entry",
        breaks="an entry is sent on the other side",
        plant=lambda _: TurnsEntriesRound,
        plans=(a_day("buy", "sell"),),
        said="is a SELL for a BUY",
    ),
    Mutant(
        name="a stop without its trigger",
        breaks="a stop leaves as a limit that fills at once",
        plant=lambda _: LosesTriggers,
        plans=(a_life(resting("buy", lots=10), resting("protect")),),
        said="SL with trigger_price 0",
    ),
    Mutant(
        name="cancel of a foreign order",
        breaks="a cancel means an order that is not ours",
        plant=lambda _: MeansAnother,
        plans=(a_life(resting(), then("cancel")),),
        said="means no order of ours",
    ),
    Mutant(
        name="another tag on the wire",
        breaks="the order carries a tag that the store does not know",
        plant=lambda _: LosesTags,
        plans=(a_life("buy", "sell"),),
        said="left while the store says None",
    ),
)
