"""What a user who knows asyncio would write: aiohttp for all, aiosqlite for a journal."""

import asyncio
import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import cast

import aiohttp
import aiosqlite

from bench.accounts import Account
from bench.baselines.baseline import HOST, stream_query, trusting
from bench.messages import BaselinePlan
from bench.order import fields_of

#: Seconds an idle connection is kept. The library's own 15 would leave every connection cold by the
#: next order; whoever measures once finds that out.
_KEPT_S = 3600.0


class AiohttpCopier:
    """One ``ClientSession``, a task an order, and each round in a durable transaction before it leaves.

    It decides nothing, has no limits and reads no account: what it is good at is sending.
    """

    def __init__(self, plan: BaselinePlan) -> None:
        self._plan = plan
        self._url = f"https://{HOST}:{plan.port}"
        self._round = 0
        self._runner = asyncio.Runner(loop_factory=_quickest_loop())
        self._session: aiohttp.ClientSession
        self._stream: aiohttp.ClientWebSocketResponse
        self._journal: aiosqlite.Connection

    def open(self) -> None:
        """Connect everything: one warm connection for every follower."""
        self._runner.run(self._open())

    def next_side(self) -> str:
        """Parse frames until one tells of an order."""
        return self._runner.run(self._next_side())

    def place(self, side: str) -> None:
        """Keep all, send all, and keep what was answered."""
        self._runner.run(self._place(side))

    def close(self) -> None:
        """Close everything."""
        self._runner.run(self._close())
        self._runner.close()

    async def _open(self) -> None:
        connector = aiohttp.TCPConnector(
            limit=0, ssl=trusting(self._plan), keepalive_timeout=_KEPT_S
        )
        self._session = aiohttp.ClientSession(
            connector=connector, headers={"X-Kite-Version": "3"}, timeout=aiohttp.ClientTimeout(60)
        )
        self._journal = await aiosqlite.connect(Path(self._plan.folder) / "aiohttp.db")
        await self._journal.execute("PRAGMA journal_mode = WAL")
        await self._journal.execute("PRAGMA synchronous = FULL")
        await self._journal.execute(
            "CREATE TABLE orders (round INTEGER, user_id TEXT, side TEXT, order_id TEXT,"
            " PRIMARY KEY (round, user_id))"
        )
        await self._journal.commit()
        master = self._plan.group.master
        self._stream = await self._session.ws_connect(
            f"wss://{HOST}:{self._plan.port}/{stream_query(master)}"
        )
        # As many at once as there are followers: so many connections are there afterwards.
        await asyncio.gather(*map(self._profile, self._plan.group.followers))

    async def _profile(self, account: Account) -> None:
        async with self._session.get(f"{self._url}/user/profile", headers=_of(account)) as answer:
            await answer.read()

    async def _next_side(self) -> str:
        while True:
            frame = await self._stream.receive()
            if frame.type is aiohttp.WSMsgType.TEXT:
                message = frame.json()
                if message["type"] == "order":
                    return str(message["data"]["transaction_type"])
            elif frame.type is not aiohttp.WSMsgType.BINARY:
                raise ConnectionError("the broker closed the stream")

    async def _place(self, side: str) -> None:
        followers = self._plan.group.followers
        self._round += 1
        rows = [(self._round, account.user_id, side) for account in followers]
        await self._journal.executemany("INSERT INTO orders VALUES (?, ?, ?, NULL)", rows)
        await self._journal.commit()
        order_ids = await asyncio.gather(*(self._send(account, side) for account in followers))
        answered = [
            (order_id, self._round, account.user_id)
            for order_id, account in zip(order_ids, followers, strict=True)
        ]
        await self._journal.executemany(
            "UPDATE orders SET order_id = ? WHERE round = ? AND user_id = ?", answered
        )
        await self._journal.commit()

    async def _send(self, account: Account, side: str) -> str:
        url = f"{self._url}/orders/regular"
        async with self._session.post(url, data=fields_of(side), headers=_of(account)) as answer:
            message = await answer.json()
            return str(message["data"]["order_id"])

    async def _close(self) -> None:
        await self._stream.close()
        await self._session.close()
        await self._journal.close()


def _of(account: Account) -> dict[str, str]:
    return {"Authorization": account.authorization}


def _quickest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's factory where it is installed, as the program does; None is asyncio's own."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    return cast(
        "Callable[[], asyncio.AbstractEventLoop]", importlib.import_module("uvloop").new_event_loop
    )
