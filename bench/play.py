"""The rounds: who plays when, and how long everybody rests in between."""

import asyncio
import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.accounts import Client
from bench.child import BenchError
from bench.decisions import Decisions
from bench.figures import SIDES, Cell, Kind, Sample
from bench.messages import Played
from bench.options import Options
from bench.stage import Stage

#: Longest pause before a round of the program, seconds, drawn anew for each: it reads books every
#: second, and rounds must meet every phase of that.
_CHANCE_S = 1.0
#: Seconds between the rounds of baselines.
_GAP_S = 0.05
#: Pairs of rounds (entry and exit): played before any is counted, and measured.
_WARM_UP_PAIRS, _PAIRS, _PAIRS_OF_MANY, _MANY = 2, 10, 5, 100
#: Pairs of rounds that are played after the others to be looked at closely; and after how long the
#: broker answers then, milliseconds, and so many more a follower.
_WATCHED_PAIRS, _LATE_MS, _LATE_MS_PER_FOLLOWER = 4, 200.0, 2.0
#: Pairs between lines of progress.
_TELL_EVERY = 2
#: Seconds for one round: a sequential loop over 1000 followers at 20 ms takes 23.
_LEAST_S, _S_PER_FOLLOWER = 20.0, 0.1
#: Seconds one baseline may play in one cell, and about what an order costs it besides the broker's
#: delay: of the SDK's loop over 1000 followers at 20 ms that leaves one pair.
_MOST_S, _ORDER_S = 60.0, 0.003
#: Seconds over which the program is watched at rest.
_AT_REST_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of the program with one number of followers, besides its rounds.

    Attributes:
        ready_s: Seconds from its start to its copying, with all logins.
        at_rest: Part of one processor it needs while nothing happens; None where nothing tells.
        decide_us: Microseconds of deciding a follower, by kind of order, median of a few rounds.
        undisturbed_ms: Milliseconds to the last order less what was waited for a processor, of the
            program and of the floor, median of the same rounds.
    """

    ready_s: float
    at_rest: float | None
    decide_us: dict[Kind, float]
    undisturbed_ms: dict[Client, float]

    @property
    def times_floor(self) -> float:
        """How many times the floor's the program's is: hardly moved by who else is busy here."""
        return self.undisturbed_ms[Client.PROGRAM] / self.undisturbed_ms[Client.FLOOR]


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
        #: By number of followers.
        self.standings: dict[int, Standing] = {}
        #: Whether the kernel stamped what came to the broker.
        self.kernel_stamps = False
        #: Changes and cancels of orders that were filled already.
        self.other_writes = 0

    async def run(self, followers: int, folder: Path) -> None:
        """Play everything for one number of followers.

        Raises:
            BenchError: Something did not start, or an order was missing, doubled or wrong.
        """
        options = self._options
        title = f"{followers} follower{'s' * (followers > 1)}"
        self._tell(f"{title}: starting the broker, the program and the baselines")
        decisions = Decisions(folder)
        stage = Stage(
            followers, options.clients, folder, warm=not options.quick, launcher=decisions.launcher
        )
        try:
            ready = await stage.open()
            self.kernel_stamps = ready.kernel_stamps
            self._tell(f"{title}: the program copies after {ready.seconds:.1f} s")
            for _ in range(0 if options.quick else _WARM_UP_PAIRS):
                await self._pair(stage, followers, options.delays_ms[0], options.clients)
            at_rest = None if options.quick else await _at_rest(stage)
            await self._measured(stage, followers, title)
            watched = await self._watched(stage, followers, decisions)
            self.standings[followers] = Standing(
                ready_s=ready.seconds,
                at_rest=at_rest,
                decide_us={
                    kind: decisions.us(watched[Client.PROGRAM, kind]) / followers for kind in Kind
                },
                undisturbed_ms={
                    client: statistics.median(
                        _undisturbed_ms(played) for kind in Kind for played in watched[client, kind]
                    )
                    for client in (Client.PROGRAM, Client.FLOOR)
                },
            )
            self.other_writes += (await stage.look()).other_writes
        finally:
            await stage.close()

    async def _measured(self, stage: Stage, followers: int, title: str) -> None:
        pairs = pairs_of(self._options.rounds, followers)
        for number in range(1, pairs + 1):
            for delay_ms in self._options.delays_ms:
                clients = [
                    client
                    for client in self._options.clients
                    if is_played(client, followers, delay_ms, number=number, pairs=pairs)
                ]
                self.samples += await self._pair(stage, followers, delay_ms, clients)
            if number == pairs or number % _TELL_EVERY == 0:
                self._tell(f"{title}: {2 * number} of {2 * pairs} rounds")

    async def _watched(
        self, stage: Stage, followers: int, decisions: Decisions
    ) -> dict[tuple[Client, Kind], list[Played]]:
        """Play a few rounds more of program and floor, in which decisions are timed.

        The broker answers so late that nobody is busy from his last order until the broker has read it:
        what he waited for a processor by then he waited before that order.
        """
        delay_ms = _LATE_MS + _LATE_MS_PER_FOLLOWER * followers
        found: dict[tuple[Client, Kind], list[Played]] = {}
        async with decisions.timed(stage.signal_program):
            for _ in range(_WATCHED_PAIRS):
                for kind, side in SIDES.items():
                    for client in (Client.PROGRAM, Client.FLOOR):
                        played = await self._round(stage, client, side, delay_ms, followers)
                        found.setdefault((client, kind), []).append(played)
        return found

    async def _pair(
        self,
        stage: Stage,
        followers: int,
        delay_ms: float,
        clients: list[Client] | tuple[Client, ...],
    ) -> list[Sample]:
        """Play an entry and its exit with everybody."""
        cell = Cell(followers=followers, delay_ms=delay_ms)
        return [
            _sample(cell, client, kind, await self._round(stage, client, side, delay_ms, followers))
            for kind, side in SIDES.items()
            for client in clients
        ]

    async def _round(
        self, stage: Stage, client: Client, side: str, delay_ms: float, followers: int
    ) -> Played:
        rests = client is Client.PROGRAM and not self._options.quick
        await asyncio.sleep(self._chance.uniform(0.0, _CHANCE_S) if rests else _GAP_S)
        timeout_s = _LEAST_S + followers * _S_PER_FOLLOWER
        played = await stage.play(client, side, delay_ms=delay_ms, timeout_s=timeout_s)
        if rests:
            await asyncio.sleep(self._options.rest_s)
        return played


def pairs_of(rounds: int | None, followers: int) -> int:
    """Return how many entries, each with its exit, are measured."""
    if rounds is not None:
        return rounds // 2
    return _PAIRS_OF_MANY if followers > _MANY else _PAIRS


def is_played(client: Client, followers: int, delay_ms: float, *, number: int, pairs: int) -> bool:
    """Return whether a client plays in a pair: the SDK's loop may take half a minute a round.

    Args:
        client: Who.
        followers: How many.
        delay_ms: Of the broker.
        number: Of the pair, from 1.
        pairs: How many pairs there are; those a slow client plays are spread over them.
    """
    if client is not Client.LOOP:
        return True
    pair_s = 2 * followers * (delay_ms / 1000 + _ORDER_S)
    own = max(1, min(pairs, int(_MOST_S / pair_s)))
    return number * own // pairs != (number - 1) * own // pairs


async def _at_rest(stage: Stage) -> float | None:
    before = stage.program_cpu_s()
    await asyncio.sleep(_AT_REST_S)
    after = stage.program_cpu_s()
    return None if before is None or after is None else (after - before) / _AT_REST_S


def _undisturbed_ms(played: Played) -> float:
    return ((played.last_us or 0.0) - (played.waited_us or 0.0)) / 1e3


def _sample(cell: Cell, client: Client, kind: Kind, played: Played) -> Sample:
    if played.first_us is None or played.last_us is None:
        raise BenchError(f"{client}, {kind}: no order came")
    return Sample(
        cell=cell,
        client=client,
        kind=kind,
        first_ms=played.first_us / 1e3,
        last_ms=played.last_us / 1e3,
    )
