"""A WebSocket that hands each whole frame on as it arrives, not to a task that waits for one.

Between the bytes of an order and a task that has awaited them lie turns of the loop, and everything
that is ready then goes first. Frames in pieces, which Kite does not send, still come by ``recv``.
"""

from collections.abc import Callable
from typing import Any

from typing_extensions import override
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

#: Takes one whole frame: text or bytes.
Take = Callable[[str | bytes], None]


class FrameSocket(ClientConnection):
    """The client's end of a socket.

    Attributes:
        fault: What failed in taking a frame; the connection is aborted then.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(*arguments, **options)
        self.fault: Exception | None = None
        self._early: list[str | bytes] = []
        self._take: Take = self._early.append

    def deliver_to(self, take: Take) -> None:
        """Have frames handed on from now on, those that came behind the handshake first.

        Args:
            take: Must not wait.
        """
        early, self._early = self._early, []
        for frame in early:
            take(frame)
        self._take = take

    @override
    def process_event(self, event: Event) -> None:
        frame = _whole(event)
        if frame is None or self.fault is not None:
            super().process_event(event)
            return
        try:
            self._take(frame)
        except Exception as error:  # noqa: BLE001 - raised anew where the end of the socket is read
            self.fault = error
            self.transport.abort()


def _whole(event: Event) -> str | bytes | None:
    """Return what a frame holds that is a message by itself; None for all else."""
    if not isinstance(event, Frame) or not event.fin:
        return None
    if event.opcode is Opcode.BINARY:
        return bytes(event.data)
    if event.opcode is not Opcode.TEXT:
        return None
    try:
        return str(event.data, "utf-8")
    except UnicodeDecodeError:
        return None  # the library ends the connection for it
