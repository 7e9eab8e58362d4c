"""The write path of one account: a command out, one outcome back."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import assert_never

from msgspec.structs import replace

from engine.brokers.kite.classify import classify_write
from engine.brokers.kite.codec import UnsendableError, encode_command
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.replies import (
    Forbidden,
    Lost,
    NoSession,
    NotSent,
    Reply,
    Response,
)
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import (
    Command,
    Outcome,
    RefusalKind,
    Refused,
    Unknown,
    Withheld,
    WithheldReason,
)

#: Longest answer to a write, bytes; an order id needs a hundred.
_LIMIT = 64 * 1024


class KiteGateway:
    """Implements :class:`~engine.ports.OrderGateway` over the wire."""

    def __init__(self, wire: Wire, credentials: Credentials) -> None:
        self._wire = wire
        self._credentials = credentials

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        """Put one write on the wire at once; see the port for the promises."""
        try:
            request = encode_command(command)
        except UnsendableError as error:
            outcome = Refused(kind=RefusalKind.INPUT, message=f"not sent: {error}")
            asyncio.get_running_loop().call_soon(done, outcome)
            return
        self._wire.send(
            request,
            timeout_s=timeout_s,
            on_reply=partial(self._answer, done),
            limit=_LIMIT,
        )

    async def warm(self) -> None:
        """Open connections and keep them; never raises."""
        await self._wire.warm()

    async def close(self) -> None:
        """Close every connection; outstanding writes end as ``Unknown``."""
        await self._wire.close()

    def _answer(self, done: Callable[[Outcome], None], reply: Reply) -> None:
        done(self._outcome(reply))

    def _outcome(self, reply: Reply) -> Outcome:
        match reply:
            case Response():
                body = reply.plain_body(_LIMIT)
                outcome = classify_write(reply.status, reply.content_type, body)
                return self._redacted(outcome)
            case NotSent(detail=detail):
                return Refused(kind=RefusalKind.NOT_SENT, message=self._credentials.redact(detail))
            case NoSession():
                return Refused(kind=RefusalKind.SESSION, message="not sent: nobody is logged in")
            case Forbidden():
                return Withheld(reason=WithheldReason.NO_PERMIT)
            case Lost(detail=detail):
                return Unknown(detail=self._credentials.redact(detail))
        assert_never(reply)

    def _redacted(self, outcome: Outcome) -> Outcome:
        redact = self._credentials.redact
        match outcome:
            case Refused(message=message):
                return replace(outcome, message=redact(message, limit=500))
            case Unknown(detail=detail, http_status=status):
                return Unknown(detail=redact(detail, limit=500), http_status=status)
            case _:
                return outcome
