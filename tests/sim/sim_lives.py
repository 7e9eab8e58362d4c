"""One life of the program after the other, and how people reach whichever is lived now."""

import asyncio
import contextlib
from collections.abc import Coroutine
from contextvars import copy_context
from typing import TypeVar

from engine.core.values import control as c
from engine.core.values.market import AccountName
from engine.errors import JournalError
from tests.sim.sim_judges import Judge
from tests.sim.sim_mortal import Deaths, Killed
from tests.sim.sim_plan import Death
from tests.sim.sim_program import Life
from tests.sim.sim_setting import Setting
from tests.sim.virtual_loop import INSIDE, VirtualLoop

T = TypeVar("T")
#: What a program needs after its start to read the books and act on them.
WAKES_WITHIN_S = 4.0
#: Pause before a start where no plan says how long the process stays down.
_PAUSE_S = 1.1
#: A day whose program does not come up any more would go on for as long as anybody waits for an answer.
MOST_LIVES = 2_000


class Lives:
    """Begins a life whenever the one before has ended.

    Attributes:
        begun: How many lives there were.
        ended: How many of them ended before the day did.
        seams: Places at which the last life met the world until the plan's deaths were over.
    """

    def __init__(
        self, deaths: tuple[Death, ...], setting: Setting, loop: VirtualLoop, judge: Judge
    ) -> None:
        self.begun = self.ended = self.seams = 0
        self._setting = setting
        self._loop = loop
        self._judge = judge
        self._deaths = list(deaths)
        # What runs in here stands still while the machine is busy or asleep.
        self._inside = copy_context()
        self._inside.run(INSIDE.set, True)
        self._life: Life | None = None
        self._began = 0.0

    def now(self) -> Life:
        """Return the life that is lived, or was lived last."""
        assert self._life is not None
        return self._life

    async def keep(self, group: asyncio.TaskGroup) -> None:
        """Begin a life, and another one whenever it ended."""
        while True:
            death = self._deaths.pop(0) if self._deaths else None
            deaths = Deaths()
            if death is not None and death.where != "time":
                setattr(deaths, death.where, death.n)
            if self.begun == MOST_LIVES:
                raise AssertionError(f"no life of {MOST_LIVES} lasts: {self._setting.halts[-1:]}")
            life = Life(self._setting, deaths)
            self.begin(life)
            living = group.create_task(life.run(), context=self._inside)
            if death is not None and death.where == "time":
                self._loop.call_later(float(death.n), life.kill)
            await life.dead.wait()
            self.ended += 1
            await asyncio.wait([living])
            await asyncio.sleep(death.pause if death else _PAUSE_S)

    def begin(self, life: Life) -> None:
        """Take a life for the one that is lived from now on."""
        self.begun += 1
        self._life = life
        self._began = self._loop.time()
        self._judge.state = lambda: self.now().runner.state
        self._judge.is_down = self._is_down

    def _is_down(self) -> bool:
        """Whether the program is dead or asleep, or has not run for long enough to act."""
        lately = self._loop.time() < self._began + WAKES_WITHIN_S
        return self.now().dead.is_set() or self._loop.is_stalled or lately

    def end_deaths(self) -> None:
        """Let nobody die any more."""
        self._deaths.clear()
        if self._life is not None:
            self.seams = self._life.deaths.seams
            self._life.deaths = Deaths()

    async def ask(self, request: c.Request, *, by: c.Requester | None = None) -> c.Reply:
        """Ask until a living program answers; as an owner, where nobody is named."""
        while True:
            life = self._life
            if life is not None and not life.dead.is_set():
                with contextlib.suppress(Killed, JournalError, asyncio.CancelledError):
                    return await self._within(life.ask(request, by=by))
            await asyncio.sleep(0.5)

    async def log_in(self, name: AccountName) -> None:
        """Log an account in at a living program."""
        while True:
            life = self._life
            if life is not None and not life.dead.is_set():
                with contextlib.suppress(Killed, JournalError, asyncio.CancelledError):
                    await self._within(life.log_in(name))
                    return
            await asyncio.sleep(0.5)

    async def _within(self, work: Coroutine[object, object, T]) -> T:
        return await self._loop.create_task(work, context=self._inside)


def request_of(kind: str, follower: AccountName) -> c.Request:
    """Return what a person asks for in an act."""
    if kind in ("pause", "resume"):
        each = c.PauseFollower if kind == "pause" else c.ResumeFollower
        return each(follower=follower)
    if kind == "kill":
        return c.SetKill(active=True)
    return c.StopCopy() if kind == "stop" else c.StartCopy()
