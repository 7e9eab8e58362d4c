"""The show as plain lines: for CI, for a pipe, for a screen reader."""

import asyncio
from typing import TextIO

from demo.chat.conversation import Change
from demo.chat.plain import plain_change
from demo.exchange.exchange import Exchange
from demo.exchange.orders import Status
from demo.exchange.wire import Row
from demo.show.director import Director, Progress

_TOLD = frozenset({Status.COMPLETE, Status.CANCELLED, Status.REJECTED})


class PlainShow:
    """Writes scenes, chat and trades as they happen, each line with the seconds since the start."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._gone = asyncio.Event()
        self._names: dict[str, str] = {}
        self.line("Curtain up: starting the local exchange and the local chat...")

    def line(self, text: str) -> None:
        """Write one line and flush it, so that a pipe shows it at once."""
        seconds = self._loop.time() - self._started
        try:
            print(f"{seconds:6.1f}  {text}", file=self._out, flush=True)
        except BrokenPipeError:
            # Told from inside the exchange or the chat, which must not fail for it: see `follow`.
            self._gone.set()

    def begin(self, director: Director) -> None:
        """Begin to listen to chat and exchange."""
        stage = director.stage
        self._names = {stage.user_id(name): name for name in ("master", *stage.names)}
        stage.chat.on_change(self._on_chat)
        exchange = stage.exchange
        exchange.on_frame(lambda user_id, frame: self._on_frame(exchange, user_id, frame))

    def scene_began(self, progress: Progress) -> None:
        """Announce a scene."""
        self.line(f"== {progress.number}/{progress.count} {progress.title}: {progress.caption}")

    def tell(self, text: str) -> None:
        """Write what the master does, and what befalls him and the others."""
        self.line(text)

    async def follow(self) -> None:
        """Wait for the reader to go.

        Raises:
            BrokenPipeError: Nobody reads any more; end the show.
        """
        await self._gone.wait()
        raise BrokenPipeError

    async def curtain(self) -> None:
        """Nothing to leave on show."""

    def _on_chat(self, change: Change) -> None:
        for text in plain_change(change):
            self.line(text)

    def _on_frame(self, exchange: Exchange, user_id: str, frame: Row) -> None:
        row = frame["data"]
        assert isinstance(row, dict)  # noqa: S101 - narrows the type of what the exchange sends
        if row["status"] in _TOLD or row["filled_quantity"]:
            self._order_line(user_id, row)
        elif row["status"] == Status.OPEN:
            # An order that fills on arrival is not announced as waiting first.
            self._loop.call_soon(self._if_resting, exchange, user_id, row)

    def _if_resting(self, exchange: Exchange, user_id: str, row: Row) -> None:
        for order in exchange.desk.orders_of(user_id):
            if order.order_id == row["order_id"] and order.is_live and not order.filled_quantity:
                self._order_line(user_id, row)

    def _order_line(self, user_id: str, row: Row) -> None:
        filled = f"{row['filled_quantity']}/{row['quantity']}"
        price = row["average_price"] or row["price"]
        reason = f"  {row['status_message']}" if row["status"] == Status.REJECTED else ""
        self.line(
            f"{self._names.get(user_id, user_id):8} {row['transaction_type']:4} "
            f"{row['tradingsymbol']} {filled} @ {price} {str(row['status']).lower()}{reason}"
        )
