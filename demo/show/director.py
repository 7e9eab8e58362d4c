"""The director: performs a day at the right pace before an audience, with the real program."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from demo.days.acting import Hands
from demo.days.day import Scene
from demo.show.accounting import Accounting
from demo.show.performing import Performer
from demo.stage import Stage

#: How long the copies of one act may take before the show goes on, seconds: a lost answer is waited
#: for 7 s (what Kite's own SDK waits), and then looked for in the book.
SETTLE_S = 12.0
_LOOK_S = 0.05


class ProgramEndedError(Exception):
    """The program ended in the middle of the show; its log says why."""


@dataclass(frozen=True, slots=True)
class OpeningScene:
    """What comes before the day: the program is started and brought to copying.

    Attributes:
        title: Two to five words.
        caption: What is seen and why it matters, one short line.
        beats: How long it takes, seconds at the normal pace; what ``act`` waits should add up to it.
        act: Does it.
    """

    title: str
    caption: str
    beats: float
    act: Callable[["Director"], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where the show is; the screen reads it.

    Attributes:
        number: Of the present scene, from 1; 0 before the first.
        count: How many scenes there are.
        title: Of the present scene.
        caption: Of the present scene.
        done: Share of the whole that is over, 0 to 1.
    """

    number: int = 0
    count: int = 0
    title: str = "Curtain up"
    caption: str = "starting the local exchange and the local chat…"
    done: float = 0.0


@dataclass(slots=True, kw_only=True)
class Director:
    """Runs scenes; the house in which a day is performed in real time.

    Attributes:
        stage: The running stage.
        accounting: Knows what is true and what should be.
        hands: Act for the master, the market and the broker.
        pace: Real seconds per beat, > 0.
        scene_began: Called when a scene begins.
        progress: For whoever shows it.
    """

    stage: Stage
    accounting: Accounting
    hands: Hands
    pace: float
    scene_began: Callable[[Progress], None]
    progress: Progress = field(default_factory=Progress)
    _beats_over: float = 0.0
    _beats_in_all: float = 1.0
    _scene_ends: float = 0.0
    _chat_mark: int = 0

    async def run(self, opening: Sequence[OpeningScene], scenes: Sequence[Scene]) -> None:
        """Play the opening and a day's scenes, one after the other.

        Raises:
            ProgramEndedError: The program is gone.
            NotShownError: The bot did not say what it should.
        """
        performer = Performer(hands=self.hands, accounting=self.accounting, house=self)
        everything: tuple[OpeningScene | Scene, ...] = (*opening, *scenes)
        self._beats_in_all = sum(scene.beats for scene in everything)
        self.progress.count = len(everything)
        for scene in everything:
            self._begin(scene)
            if isinstance(scene, OpeningScene):
                await scene.act(self)
            else:
                for step in scene.steps:
                    await performer.perform(step)
                    self.require_program()
            self._beats_over = self._scene_ends
            self.progress.done = self._beats_over / self._beats_in_all
        await self.wait_for(self.accounting.is_settled)
        self.progress.title = "The end"
        self.progress.caption = "Every book is held against what it should be."

    def _begin(self, scene: OpeningScene | Scene) -> None:
        self.progress.number += 1
        self.progress.title, self.progress.caption = scene.title, scene.caption
        self._scene_ends = self._beats_over + scene.beats
        self._chat_mark = self.stage.trader.mark()
        self.scene_began(self.progress)

    async def beat(self, beats: float) -> None:
        """Let the audience look for this long, seconds at the normal pace."""
        left = beats * self.pace
        while left > 0:
            step = min(_LOOK_S, left)
            await asyncio.sleep(step)
            left -= step
            self._beats_over = min(self._beats_over + step / self.pace, self._scene_ends)
            self.progress.done = self._beats_over / self._beats_in_all
            self.require_program()

    async def pause(self, seconds: float) -> None:
        """Wait true seconds."""
        await asyncio.sleep(seconds)

    async def wait_for(self, condition: Callable[[], bool]) -> bool:
        """Wait until something holds, at most `SETTLE_S`; return whether it does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SETTLE_S
        while not condition():
            if loop.time() > end:
                return False
            await asyncio.sleep(_LOOK_S)
            self.require_program()
        return True

    async def say(self, text: str, answer: str) -> None:
        """Send a command as the trader and wait for the answer."""
        self.stage.trader.send(text)
        await self.stage.trader.expect(answer)

    async def log_in(self, account: str) -> None:
        """Log an account in again, by way of the chat."""
        await self.stage.log_in(account)

    async def until_told(self, words: tuple[str, ...]) -> None:
        """Wait until the bot has said all these words in one message since the scene began."""
        await self.stage.trader.expect(
            lambda message: all(word in message.text for word in words),
            SETTLE_S,
            since=self._chat_mark,
        )

    def require_program(self) -> None:
        """Check that the program lives.

        Raises:
            ProgramEndedError: It does not.
        """
        if not self.stage.program_runs:
            raise ProgramEndedError("the program ended in the middle of the show")
