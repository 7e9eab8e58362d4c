"""The rounds: who plays when, and how long everybody rests in between."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from bench.accounts import Client
from bench.child import BenchError
from bench.figures import SIDES, Cell, Sample
from bench.options import Options
from bench.stage import Stage

#: Longest pause before a round of the program, seconds, drawn anew for each: it reads books every
#: second, and rounds must meet every phase of that.
_CHANCE_S = 1.0
#: Seconds between the rounds of baselines.
_GAP_S = 0.05
#: Pairs of rounds (entry and exit) that are played before any is counted.
_WARM_UP_PAIRS = 2
#: Pairs between lines of progress.
_TELL_EVERY = 2
#: Seconds for one round: a sequential loop over 1000 followers at 20 ms takes 23.
_LEAST_S, _S_PER_FOLLOWER = 20.0, 0.1


class Play:
    """All rounds of one number of followers, interleaved."""

    def __init__(self, options: Options, *, tell: Callable[[str], None], seed: int = 1) -> None:
        """Prepare.

        Args:
            options: What is measured.
            tell: Takes a line about what happens.
            seed: Chance of the pauses; they must not be in step with the program's own beat.
        """
        self._options = options
        self._tell = tell
        self._chance = random.Random(seed)  # noqa: S311 - pauses, not secrets
        self.samples: list[Sample] = []
        #: Seconds until the program was copying, by number of followers.
        self.ready_s: dict[int, float] = {}
        #: Whether the kernel stamped what came to the broker.
        self.kernel_stamps = False
        #: Changes and cancels of orders that were filled already.
        self.other_writes = 0

    async def run(self, followers: int, folder: Path) -> None:
        """Play everything for one number of followers.

        Raises:
            BenchError: Something did not start, or an order was missing, doubled or wrong.
        """
        title = f"{followers} follower{'s' * (followers > 1)}"
        self._tell(f"{title}: starting the broker, the program and the baselines")
        stage = Stage(followers, self._options.clients, folder, warm=not self._options.quick)
        try:
            ready = await stage.open()
            self.ready_s[followers] = ready.seconds
            self.kernel_stamps = ready.kernel_stamps
            self._tell(f"{title}: the program copies after {ready.seconds:.1f} s")
            for _ in range(0 if self._options.quick else _WARM_UP_PAIRS):
                await self._pair(stage, followers, self._options.delays_ms[0])
            pairs = self._options.rounds // 2
            for number in range(1, pairs + 1):
                for delay_ms in self._options.delays_ms:
                    self.samples += await self._pair(stage, followers, delay_ms)
                if number == pairs or number % _TELL_EVERY == 0:
                    self._tell(f"{title}: {2 * number} of {2 * pairs} rounds")
            self.other_writes += (await stage.look()).other_writes
        finally:
            await stage.close()

    async def _pair(self, stage: Stage, followers: int, delay_ms: float) -> list[Sample]:
        """Play an entry and its exit with everybody."""
        return [
            await self._round(
                stage, Cell(followers=followers, delay_ms=delay_ms, kind=kind), client, side
            )
            for kind, side in SIDES.items()
            for client in self._options.clients
        ]

    async def _round(self, stage: Stage, cell: Cell, client: Client, side: str) -> Sample:
        rests = client is Client.PROGRAM and not self._options.quick
        await asyncio.sleep(self._chance.uniform(0.0, _CHANCE_S) if rests else _GAP_S)
        timeout_s = _LEAST_S + cell.followers * _S_PER_FOLLOWER
        played = await stage.play(client, side, delay_ms=cell.delay_ms, timeout_s=timeout_s)
        if played.first_us is None or played.last_us is None:
            raise BenchError(f"{client}, {side}: no order came")
        if rests:
            await asyncio.sleep(self._options.rest_s)
        return Sample(
            cell=cell, client=client, first_ms=played.first_us / 1e3, last_ms=played.last_us / 1e3
        )
