"""What a fault makes of an answer, for writes and reads alike."""

import gzip
from dataclasses import replace
from typing import assert_never

from demo.exchange.faults import Answer, ReadFault, WriteFault
from demo.exchange.wire import Drop, KiteError, Reply, failure, json_reply, success

#: How long an answer is held back when it never comes; longer than any sane client waits.
HANG_S = 60.0

_HTML = (
    b"<html>\r\n<head><title>%d</title></head>\r\n<body><center><h1>%d</h1></center></body></html>"
)


def damage(reply: Reply, fault: WriteFault | ReadFault | None) -> Reply:
    """Return what leaves the exchange instead of the true `reply`.

    Args:
        reply: The true answer.
        fault: What meets it; None changes nothing.
    """
    if fault is None:
        return reply
    return replace(_changed(reply, fault), delay_s=_delay(fault))


def _changed(  # noqa: C901, PLR0911, PLR0912 - one case per kind
    reply: Reply, fault: WriteFault | ReadFault
) -> Reply:
    match fault.answer:
        case Answer.TRUE:
            return reply
        case Answer.LOST:
            return replace(reply, drop=Drop.HANG)
        case Answer.CLOSED:
            return replace(reply, drop=Drop.CLOSE)
        case Answer.RESET:
            return replace(reply, drop=Drop.RESET)
        case Answer.CUT:
            return replace(reply, drop=Drop.MID_BODY)
        case Answer.TRUNCATED:
            return replace(reply, body=reply.body[: len(reply.body) // 2])
        case Answer.EMPTY:
            return replace(reply, body=b"")
        case Answer.GZIPPED:
            headers = dict(reply.headers) | {"Content-Encoding": "gzip"}
            return replace(reply, body=gzip.compress(reply.body, mtime=0), headers=headers)
        case Answer.WRONG_TYPE:
            return replace(reply, headers={"Content-Type": "text/plain; charset=utf-8"})
        case Answer.NO_DATA:
            return json_reply(200, {"status": "success"})
        case Answer.NULL_DATA:
            return success(None)
        case Answer.ARRAY:
            return replace(reply, body=b"[]")
        case Answer.FALSE_ALARM:
            return replace(reply, status=fault.status)
        case Answer.HTML:
            body = _HTML % (fault.status, fault.status)
            return Reply(status=fault.status, body=body, headers={"Content-Type": "text/html"})
        case Answer.ERROR:
            return failure(KiteError(*fault.error))
    assert_never(fault.answer)


def _delay(fault: WriteFault | ReadFault) -> float:
    return HANG_S if fault.answer is Answer.LOST and not fault.delay_s else fault.delay_s
