"""How a life of the program ends before its time: at a commit, a write or any other seam."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.commands import Command, Outcome
from engine.core.values.events import (
    Event,
)
from engine.ports import OrderGateway
from storage.journal import Journal


class Killed(BaseException):
    """The process ended here, without a word to anybody."""


@dataclass(slots=True)
class Deaths:
    """When this life ends: at the n-th commit, write or seam. None: not so.

    A seam is any place where the process meets the world: before and after each commit, before and
    after each write leaves, each answer and each read of a book as it arrives.
    """

    before_commit: int | None = None
    after_commit: int | None = None
    before_write: int | None = None
    after_write: int | None = None
    seam: int | None = None
    commits: int = 0
    writes: int = 0
    seams: int = 0


class Mortal:
    """What may end at any seam.

    Attributes:
        deaths: Where it ends, and what it has passed.
        dead: Set once it has.
    """

    def __init__(self, deaths: Deaths) -> None:
        self.deaths = deaths
        self.dead = asyncio.Event()

    def kill(self) -> None:
        """End it here."""
        raise NotImplementedError

    def committed(self) -> None:
        """Let whoever looks on look at what is durable now."""
        raise NotImplementedError

    def die_if(self, at: int | None, count: int) -> None:
        if self.dead.is_set() or at == count:
            self.kill()
            raise Killed

    def pass_seam(self) -> None:
        """Meet the world, unless this is where the process ends."""
        self.deaths.seams += 1
        self.die_if(self.deaths.seam, self.deaths.seams)


class MortalJournal:
    """The real journal, until death: then nothing reaches the disk any more."""

    def __init__(self, journal: Journal, life: Mortal) -> None:
        self._journal = journal
        self._life = life

    def load(self) -> State:
        return self._journal.load()

    def commit(self, batch: Sequence[tuple[Event, Sequence[r.Record]]]) -> None:
        deaths = self._life.deaths
        deaths.commits += 1
        self._life.die_if(deaths.before_commit, deaths.commits)
        self._life.pass_seam()
        self._journal.commit(batch)
        self._life.committed()
        self._life.pass_seam()
        self._life.die_if(deaths.after_commit, deaths.commits)


class MortalGateway:
    """A gateway at which the process may end just before or just after a write leaves."""

    def __init__(self, inner: OrderGateway, life: Mortal) -> None:
        self._inner = inner
        self._life = life

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        deaths = self._life.deaths
        deaths.writes += 1
        self._life.die_if(deaths.before_write, deaths.writes)
        self._life.pass_seam()

        def answered(outcome: Outcome) -> None:
            self._life.pass_seam()
            done(outcome)

        self._inner.submit(command, timeout_s=timeout_s, done=answered)
        self._life.pass_seam()
        self._life.die_if(deaths.after_write, deaths.writes)

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()
