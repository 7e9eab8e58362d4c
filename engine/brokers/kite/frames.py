"""Frames of the socket to events: the part of the stream that knows nothing of sockets."""

import logging

from engine.brokers.kite.codec import UnreadableError, decode_order_frame
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.ticks import FindName, parse_ticks
from engine.clock import Clock
from engine.core.values.orders import OrderRow
from engine.ports import MalformedFrame, OrderHint, StreamEvent, Ticks, UnknownFrame

_log = logging.getLogger(__name__)


class FrameReader:
    """Turns frames into events, stamped as they come."""

    def __init__(self, credentials: Credentials, *, clock: Clock, find_name: FindName) -> None:
        """Prepare.

        Args:
            credentials: For redaction.
            clock: Stamps events.
            find_name: Names the tokens of ticks by today's instruments.
        """
        self._credentials = credentials
        self._clock = clock
        self._find_name = find_name

    def read(self, frame: str | bytes) -> StreamEvent | None:
        """Read one frame; never raises.

        Args:
            frame: Binary: ticks or a heartbeat. Text: an order, an error or something else.

        Returns:
            The event, or None where the frame says nothing to us.
        """
        if isinstance(frame, bytes):
            # A single byte is a heartbeat: all that most sockets say, each about once a second.
            return self._prices(frame) if len(frame) > 1 else None
        now = self._clock.now()
        try:
            found = decode_order_frame(frame)
        except UnreadableError as error:
            return MalformedFrame(detail=self._credentials.redact(str(error)))
        if isinstance(found, OrderRow):
            return OrderHint(row=found, received_at=now, received_s=self._clock.monotonic())
        if found is not None:
            return MalformedFrame(detail=self._credentials.redact(f"Kite says: {found}"))
        return UnknownFrame()

    def _prices(self, frame: bytes) -> StreamEvent | None:
        now = self._clock.now()
        ticks = parse_ticks(frame, self._find_name)
        if ticks.faults and not ticks.rows:
            return MalformedFrame(detail=ticks.faults[0])
        if ticks.faults:
            _log.warning("unreadable ticks", extra={"action": "stream", "detail": ticks.faults[0]})
        return Ticks(quotes=ticks.rows, received_at=now) if ticks.rows else None
