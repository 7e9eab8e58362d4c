"""``python -m bench.broker PLAN``: the broker's process; commands on stdin, answers on stdout."""

import asyncio
import importlib
import importlib.util
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from bench.broker.connection import Connection, Listener
from bench.broker.desk import Desk
from bench.broker.requests import Peer
from bench.messages import BrokerPlan, BrokerReady, Look, Played, PlayRound, Seen
from engine.clock import SystemClock

#: Seconds between heartbeats. Source: Kite Connect docs, WebSocket streaming ("every couple of
#: seconds").
_BEAT_S = 1.0
_COMMAND: msgspec.json.Decoder[PlayRound | Look] = msgspec.json.Decoder(PlayRound | Look)


async def serve(plan: BrokerPlan, *, uvloop: bool) -> None:
    """Listen, say where, and follow commands until stdin ends."""
    loop = asyncio.get_running_loop()
    clock = SystemClock()
    desk = Desk(plan.groups, clock=clock, today=clock.now().date())
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(plan.chain, plan.key)

    def accepted(connection: Connection) -> None:
        Peer(connection, answer=desk.answer, upgrade=desk.let_in)

    listener = Listener(tls, accepted)

    def beat() -> None:
        loop.call_later(_BEAT_S, beat)
        desk.beat()

    beat()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    ready = BrokerReady(port=listener.port, kernel_stamps=listener.kernel_stamps, uvloop=uvloop)
    _say(ready)
    while line := await commands.readline():
        match _COMMAND.decode(line):
            case PlayRound() as ask:
                _say(await desk.play(ask))
            case Look() as ask:
                _say(desk.look(ask, connections=len(listener.connections)))
    listener.close()


def _say(answer: BrokerReady | Played | Seen) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Run until stdin ends."""
    plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=BrokerPlan)
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if importlib.util.find_spec("uvloop") is not None:
        factory = cast(
            "Callable[[], asyncio.AbstractEventLoop]",
            importlib.import_module("uvloop").new_event_loop,
        )
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(plan, uvloop=factory is not None))


if __name__ == "__main__":
    main()
