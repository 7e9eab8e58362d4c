"""Copiers on the official SDK, as most are: one follower after the other, or in threads."""

import json
from concurrent.futures import ThreadPoolExecutor

from kiteconnect import KiteConnect
from typing_extensions import override
from websockets.sync.client import connect

from bench.accounts import Account
from bench.baselines.baseline import HOST, stream_query, trusting
from bench.messages import BaselinePlan
from bench.order import EXCHANGE, PRODUCT, QUANTITY, SYMBOL


class KiteLoop:
    """The official SDK, one follower after the other: what most copiers do.

    One ``KiteConnect`` per follower. The stream is heard by a blocking ``websockets`` client, which
    is quicker than the SDK's own ticker with its reactor thread. No journal.
    """

    def __init__(self, plan: BaselinePlan) -> None:
        self._plan = plan
        self._accounts = [self._client(account) for account in plan.group.followers]
        self._stream = connect(
            f"wss://{HOST}:{plan.port}/{stream_query(plan.group.master)}",
            ssl=trusting(plan),
            ping_interval=None,
            compression=None,
        )

    def _client(self, account: Account) -> KiteConnect:
        return KiteConnect(
            account.api_key,
            access_token=account.access_token,
            root=f"https://{HOST}:{self._plan.port}",
        )

    def open(self) -> None:
        """Have every client's session connect; requests keeps the connection."""
        for kite in self._accounts:
            kite.profile()

    def next_side(self) -> str:
        """Parse frames until one tells of an order."""
        while True:
            frame = self._stream.recv()
            if isinstance(frame, str):
                message = json.loads(frame)
                if message["type"] == "order":
                    return str(message["data"]["transaction_type"])

    def place(self, side: str) -> None:
        """Place one after the other."""
        for kite in self._accounts:
            _place(kite, side)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class KiteThreads(KiteLoop):
    """The official SDK in a pool of threads, as many as ``asyncio.to_thread`` has (cores + 4)."""

    def __init__(self, plan: BaselinePlan) -> None:
        super().__init__(plan)
        # No number: the pool's own default, which asyncio takes too.
        self._pool = ThreadPoolExecutor()

    @override
    def place(self, side: str) -> None:
        """Hand all to the pool."""
        for answered in [self._pool.submit(_place, kite, side) for kite in self._accounts]:
            answered.result()

    @override
    def close(self) -> None:
        """Close the stream and end the threads."""
        super().close()
        self._pool.shutdown()


def _place(kite: KiteConnect, side: str) -> None:
    kite.place_order(
        variety=kite.VARIETY_REGULAR,
        exchange=EXCHANGE,
        tradingsymbol=SYMBOL,
        transaction_type=side,
        quantity=QUANTITY,
        product=PRODUCT,
        order_type=kite.ORDER_TYPE_MARKET,
        validity=kite.VALIDITY_DAY,
        market_protection=-1,
    )
