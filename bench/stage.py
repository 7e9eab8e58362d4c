"""Everything for one number of followers: broker, program and baselines, each its own process."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.accounts import Client, group_of
from bench.certificate import make_certificate
from bench.child import BenchError, Child
from bench.machine import open_files_to_spare, shared_out
from bench.messages import BaselinePlan, BrokerPlan, BrokerReady, Look, Played, PlayRound, Seen
from bench.program import Program
from engine.clock import SystemClock

#: Warm connections the program keeps per follower (engine/brokers/kite/pool.py).
_WARM = 2
#: Seconds for the slowest start of a process, and for what must come true of the program; and so
#: many more for every follower. Generous: the machine may be busy with other things.
_START_S, _COMES_TRUE_S, _PER_FOLLOWER_S = 60.0, 60.0, 0.3
#: Seconds for one answer of the broker, on top of what it was asked to wait for.
_ANSWER_S = 10.0
#: Seconds between looks at the world; and so many more for every follower, all of whom the answer
#: is about.
_LOOK_S, _LOOK_PER_FOLLOWER_S = 0.05, 0.0005
#: Files the busiest process has open besides those that followers need.
_FILES = 200
#: Connections of each follower to the broker: the program's warm ones, its stream and one that is
#: being opened, and one each of the baselines.
_FILES_PER_FOLLOWER = _WARM + 2 + len(Client) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a stage is like once it is open.

    Attributes:
        seconds: From the program's start to its copying.
        kernel_stamps: Whether the kernel stamps what arrives at the broker.
    """

    seconds: float
    kernel_stamps: bool


class Stage:
    """Open it, play rounds, close it."""

    def __init__(
        self,
        followers: int,
        clients: Sequence[Client],
        folder: Path,
        *,
        warm: bool,
        launcher: tuple[str, ...] = ("-m", "bot"),
    ) -> None:
        """Prepare.

        Args:
            followers: Of every client.
            clients: Who plays; the program is one of them.
            folder: Empty; everything is written there.
            warm: Whether to wait until the program keeps warm connections to every follower.
            launcher: What the interpreter starts as the program.
        """
        self._launcher = launcher
        self._followers = followers
        self._folder = folder
        self._warm = warm
        self._groups = {client: group_of(client, followers) for client in clients}
        self._start_s = _START_S + _PER_FOLLOWER_S * followers
        self._cores = shared_out()
        self._open = AsyncExitStack()
        self._broker: Child | None = None
        self._baselines: dict[Client, Child] = {}
        self._program: Program | None = None

    async def open(self) -> Ready:
        """Start everything.

        Raises:
            BenchError: Something does not start; says what.
        """
        needed = _FILES + _FILES_PER_FOLLOWER * self._followers
        if (files_open := open_files_to_spare(needed)) < needed:
            raise BenchError(
                f"{self._followers} followers need {needed} open files and the limit is {files_open}:"
                f" raise it (ulimit -Hn {needed}) or measure fewer"
            )
        files = make_certificate(self._folder, now=SystemClock().now())
        groups = tuple(self._groups.values())
        plan = BrokerPlan(chain=str(files.chain), key=str(files.key), groups=groups)
        self._broker = await self._child("broker", "bench.broker", plan, cores=self._cores.broker)
        line = await self._broker.line(timeout_s=self._start_s)
        broker = msgspec.json.decode(line, type=BrokerReady)
        seconds = await self._start_program(broker.port, files.authority)
        for client, group in self._groups.items():
            if client is not Client.PROGRAM:
                ours = BaselinePlan(
                    group=group,
                    port=broker.port,
                    authority=str(files.authority),
                    folder=str(self._folder),
                )
                child = self._baselines[client] = await self._child(
                    client,
                    "bench.baselines.process",
                    ours,
                    cores=self._cores.clients,
                    environment={"REQUESTS_CA_BUNDLE": str(files.authority)},
                )
                await child.line(timeout_s=self._start_s)
        return Ready(seconds=seconds, kernel_stamps=broker.kernel_stamps)

    async def close(self) -> None:
        """End every process."""
        await self._open.aclose()

    async def play(self, client: Client, side: str, *, delay_ms: float, timeout_s: float) -> Played:
        """Play one round and wait until it is over for the client too.

        Raises:
            BenchError: An order was missing, doubled, of nobody or wrong.
        """
        assert self._broker is not None  # noqa: S101 - played on an open stage only
        assert self._program is not None  # noqa: S101 - the same
        player = self._program if client is Client.PROGRAM else self._baselines[client]
        ask = PlayRound(
            client=client, side=side, delay_ms=delay_ms, timeout_s=timeout_s, pid=player.pid
        )
        played = await self._broker.ask(ask, Played, timeout_s=timeout_s + _ANSWER_S)
        if played.faults:
            raise BenchError(f"{client}, {side}: {'; '.join(played.faults[:3])}")
        if client is Client.PROGRAM:
            await self._settled()
        else:
            await self._baselines[client].line(timeout_s=timeout_s)
        return played

    def program_memory_mb(self) -> float:
        """Return the megabytes of memory that the program holds now."""
        return 0.0 if self._program is None else self._program.resident_mb

    def signal_program(self, number: signal.Signals) -> None:
        """Send the program's process a signal."""
        if self._program is not None:
            self._program.signal(number)

    def program_cpu_s(self) -> float | None:
        """Return the seconds of a processor the program has used; None where nothing tells."""
        return None if self._program is None else self._program.cpu_s()

    async def look(self) -> Seen:
        """Return what the program's accounts have done so far.

        Raises:
            BenchError: Somebody sent what nobody expected since the last look or round.
        """
        assert self._broker is not None  # noqa: S101 - looked at on an open stage only
        seen = await self._broker.ask(Look(client=Client.PROGRAM), Seen, timeout_s=_ANSWER_S)
        if seen.faults:
            raise BenchError(f"between rounds: {'; '.join(seen.faults[:3])}")
        return seen

    async def _start_program(self, port: int, authority: Path) -> float:
        """Start it alone, so that all connections are its own; return the seconds until it copies."""
        program = Program(
            self._groups[Client.PROGRAM],
            folder=self._folder,
            port=port,
            authority=authority,
            launcher=self._launcher,
            cores=self._cores.clients,
        )
        self._open.push_async_callback(program.stop)
        self._program = program
        began = time.perf_counter()
        await program.start()
        await program.make_ready()
        everybody = self._followers + 1
        least = everybody + (_WARM * self._followers if self._warm else 0)

        async def is_warm() -> bool:
            seen = await self.look()
            return (
                seen.streams == everybody
                and seen.watched == everybody
                and seen.connections >= least
            )

        seconds = time.perf_counter() - began
        await self._until(is_warm, "the program watches every account and is warm")
        return seconds

    async def _settled(self) -> None:
        """Wait until the program has what the broker has: the next round is not to meet this one."""
        nets = (await self.look()).nets
        assert self._program is not None  # noqa: S101 - rounds are played on an open stage
        program = self._program

        async def agrees() -> bool:
            return await program.copied() == nets

        await self._until(agrees, f"the program knows of its fills ({program.last_words()})")

    async def _until(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        within_s = _COMES_TRUE_S + _PER_FOLLOWER_S * self._followers
        pause_s = _LOOK_S + _LOOK_PER_FOLLOWER_S * self._followers
        try:
            async with asyncio.timeout(within_s):
                while not await true():  # noqa: ASYNC110 - other processes have no event to wait on
                    await asyncio.sleep(pause_s)
        except TimeoutError:
            raise BenchError(f"did not come true in {within_s:.0f} s: {what}") from None

    async def _child(
        self,
        name: str,
        module: str,
        plan: object,
        *,
        cores: frozenset[int],
        environment: dict[str, str] | None = None,
    ) -> Child:
        path = self._folder / f"{name}.json"
        path.write_bytes(msgspec.json.encode(plan))
        path.chmod(0o600)
        child = await Child.start(
            name,
            ("-m", module, str(path)),
            folder=self._folder,
            environment=environment,
            cores=cores,
        )
        self._open.push_async_callback(child.stop)
        return child
