"""Measures /stop in the real process while Telegram answers every message with a 60-s flood wait.

``python -m tests.e2e.stop_in_flood [ROUNDS]`` prints one line: from the moment the update lies at the
server until the stop is durable in the store, through poll, gate, router, engine and journal.
"""

import asyncio
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.e2e.judged_chat import OWNERS, JudgedChat, judged_chat, until_copying

#: Seconds each refused message is told to wait.
FLOOD_S = 60


async def stops_in_flood(
    chat: JudgedChat, rounds: int, *, flooded: Collection[int] = OWNERS
) -> list[float]:
    """Return the seconds of each /stop; these chats are in a flood wait before the first one.

    The program must be in PAPER and logged in; it does not copy afterwards, and the chats have to be left
    alone for the rest of the minute.
    """
    server, took, user = chat.server, [], max(flooded)
    server.flooded = dict.fromkeys(flooded, FLOOD_S)
    since = len(server.calls)
    await chat.say("/version", user=user)
    async with asyncio.timeout(10), server.changed:
        while not any(call.status == 429 for call in server.calls[since:]):
            await server.changed.wait()
    for number in range(rounds):
        before = chat.records("CopyingSet", '"active":true')
        await chat.say("/start_copy", user=OWNERS[number % (len(OWNERS) - 1)])
        await until_copying(chat, before + 1, active=True)
        stopped = chat.records("CopyingSet", '"active":false')
        at = asyncio.get_running_loop().time()
        await chat.say("/stop", user=user)
        while chat.records("CopyingSet", '"active":false') == stopped:
            await asyncio.sleep(0.001)
            assert asyncio.get_running_loop().time() - at < 10, "never stopped"
        took.append(asyncio.get_running_loop().time() - at)
    server.flooded = {}
    return took


async def measure(rounds: int) -> str:
    """Return the line that is printed."""
    with tempfile.TemporaryDirectory() as folder:
        async with judged_chat(Path(folder), followers=1) as chat:
            await chat.log_in()
            took = sorted(await stops_in_flood(chat, rounds))
    half = took[len(took) // 2] * 1000
    return (
        f"/stop with a {FLOOD_S}-s flood wait active: durable after {half:.0f} ms (median of "
        f"{rounds}), {took[-1] * 1000:.0f} ms at worst; bound 200 ms"
    )


if __name__ == "__main__":
    line = asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
    sys.stdout.write(f"{line}\n")
