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
from bench.messages import BaselinePlan, BrokerPlan, BrokerReady, Look, Played, PlayRound, Seen
from bench.program import Program
from engine.clock import SystemClock

#: Seconds for the slowest start of a process, and for what must come true of the program.
_START_S, _COMES_TRUE_S = 60.0, 60.0
#: Seconds for one answer of the broker, on top of what it was asked to wait for.
_ANSWER_S = 10.0
#: Seconds between looks at the world.
_LOOK_S = 0.05
#: Warm connections the program keeps per follower (engine/brokers/kite/pool.py).
_WARM = 2


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
        self._open = AsyncExitStack()
        self._broker: Child | None = None
        self._baselines: dict[Client, Child] = {}
        self._program: Program | None = None

    async def open(self) -> Ready:
        """Start everything.

        Raises:
            BenchError: Something does not start; says what.
        """
        files = make_certificate(self._folder, now=SystemClock().now())
        groups = tuple(self._groups.values())
        plan = BrokerPlan(chain=str(files.chain), key=str(files.key), groups=groups)
        self._broker = await self._child("broker", "bench.broker", plan)
        line = await self._broker.line(timeout_s=_START_S)
        broker = msgspec.json.decode(line, type=BrokerReady)
        seconds = await self._start_program(broker.port, files.authority)
        for client, group in self._groups.items():
            if client is not Client.PROGRAM:
                ours = BaselinePlan(group=group, port=broker.port, authority=str(files.authority))
                self._baselines[client] = await self._child(
                    client,
                    "bench.baseline_process",
                    ours,
                    {"REQUESTS_CA_BUNDLE": str(files.authority)},
                )
        for child in self._baselines.values():
            await child.line(timeout_s=_START_S)
        return Ready(seconds=seconds, kernel_stamps=broker.kernel_stamps)

    async def close(self) -> None:
        """End every process."""
        await self._open.aclose()

    async def play(self, client: Client, side: str, *, delay_ms: float, timeout_s: float) -> Played:
        """Play one round and wait until it is over for the client too.

        Raises:
            BenchError: An order was missing, doubled, of nobody or wrong.
        """
        ask = PlayRound(client=client, side=side, delay_ms=delay_ms, timeout_s=timeout_s)
        assert self._broker is not None  # noqa: S101 - played on an open stage only
        played = await self._broker.ask(ask, Played, timeout_s=timeout_s + _ANSWER_S)
        if played.faults:
            raise BenchError(f"{client}, {side}: {'; '.join(played.faults[:3])}")
        if client is Client.PROGRAM:
            await self._settled()
        else:
            await self._baselines[client].line(timeout_s=timeout_s)
        return played

    def signal_program(self, number: signal.Signals) -> None:
        """Send the program's process a signal."""
        if self._program is not None:
            self._program.signal(number)

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
        try:
            async with asyncio.timeout(_COMES_TRUE_S):
                while not await true():  # noqa: ASYNC110 - other processes have no event to wait on
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise BenchError(f"did not come true in {_COMES_TRUE_S:.0f} s: {what}") from None

    async def _child(
        self, name: str, module: str, plan: object, environment: dict[str, str] | None = None
    ) -> Child:
        path = self._folder / f"{name}.json"
        path.write_bytes(msgspec.json.encode(plan))
        path.chmod(0o600)
        child = await Child.start(
            name, ("-m", module, str(path)), folder=self._folder, environment=environment
        )
        self._open.push_async_callback(child.stop)
        return child
