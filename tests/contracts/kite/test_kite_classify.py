"""The answer to a write: only what is on the list is a refusal."""

import contextlib
import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.kite.classify import classify_read, classify_write
from engine.core.values.commands import Acked, RefusalKind, Refused, Unknown
from engine.errors import (
    BrokerError,
    BrokerUnavailable,
    PermissionDenied,
    RateLimited,
    SessionExpired,
)

JSON = "application/json"

STATUSES = (
    *range(100, 104), *range(200, 208), *range(300, 309), *range(400, 418), 422, 423, 425, 426,
    428, 429, 431, 451, *range(500, 512), 520, 522, 524, 599,
)  # fmt: skip
TYPES = (
    "TokenException", "PermissionException", "UserException", "TwoFAException", "OrderException",
    "InputException", "MarginException", "HoldingException", "NetworkException", "DataException",
    "GeneralException", "NewException", "", None,
)  # fmt: skip
TIMED_OUT = "Order request timed out. Please check the order book and confirm before placing again."
MESSAGES = (
    "Something about the order is wrong.",
    TIMED_OUT,
    "Gateway timeout",
    "Please check the orderbook.",
    "",
)


def an_error(error_type: object, message: object) -> bytes:
    body = {"status": "error", "message": message, "data": None, "error_type": error_type}
    return json.dumps(body).encode()


def expected(status: int, error_type: object, message: str) -> RefusalKind | None:
    """The allow-list said once more, independently: None is Unknown."""
    ambiguous = any(word in message.lower() for word in ("timed out", "timeout", "orderbook"))
    if ambiguous:
        return None
    if status == 429:
        return RefusalKind.RATE
    if not message:
        return None
    return {
        (400, "InputException"): RefusalKind.INPUT,
        (400, "OrderException"): RefusalKind.INPUT,
        (400, "MarginException"): RefusalKind.MARGIN,
        (400, "HoldingException"): RefusalKind.HOLDINGS,
        (403, "TokenException"): RefusalKind.SESSION,
        (403, "PermissionException"): RefusalKind.PERMISSION,
    }.get((status, error_type))


def test_only_listed_errors_are_refusals_over_the_whole_table():
    cells = 0
    for status, error_type, message in itertools.product(STATUSES, TYPES, MESSAGES):
        outcome = classify_write(status, JSON, an_error(error_type, message))
        kind = expected(status, error_type, message)
        if kind is None:
            assert isinstance(outcome, Unknown), (status, error_type, message)
        else:
            assert isinstance(outcome, Refused), (status, error_type, message)
            assert outcome.kind is kind
        cells += 1
    assert cells >= 2000


BODIES = {
    "html": b"<html>502 Bad Gateway</html>",
    "empty": b"",
    "truncated": b'{"status":"error","message":"Insu',
    "array": b"[1,2]",
    "null": b"null",
    "no status": b'{"message":"x","error_type":"InputException"}',
    "no message": b'{"status":"error","error_type":"InputException"}',
    "message of numbers": b'{"status":"error","message":5,"error_type":"InputException"}',
    "success": b'{"status":"success","data":{"order_id":"123"}}',
    "error with an id": b'{"status":"error","data":{"order_id":"123"},"message":"x"}',
    "null id": b'{"status":"success","data":{"order_id":null}}',
    "empty id": b'{"status":"success","data":{"order_id":" "}}',
    "true id": b'{"status":"success","data":{"order_id":true}}',
    "data true": b'{"status":"success","data":true}',
    "not utf-8": b'{"status":"error","message":"\xff","error_type":"InputException"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("status", STATUSES)
def test_odd_bodies_are_never_a_refusal_but_for_429(status):
    for name, body in BODIES.items():
        outcome = classify_write(status, JSON, body)
        if 200 <= status < 300 and name == "success":
            assert outcome == Acked(order_id="123")
        elif status == 429:
            assert isinstance(outcome, Refused), name
            assert outcome.kind is RefusalKind.RATE
        else:
            assert isinstance(outcome, Unknown), (status, name)


@pytest.mark.parametrize("content_type", ["text/html", "", "text/plain; charset=utf-8"])
def test_an_error_that_is_not_served_as_json_is_not_trusted(content_type):
    for status, error_type in itertools.product((400, 403, 428, 500), TYPES):
        body = an_error(error_type, "needs authorisation at depository.")
        assert isinstance(classify_write(status, content_type, body), Unknown)


@pytest.mark.parametrize(
    ("status", "error_type", "message", "kind"),
    [
        (400, "InputException", "Invalid `api_key` or `access_token`.", RefusalKind.SESSION),
        (403, "TokenException", "Incorrect `api_key` or `access_token`.", RefusalKind.SESSION),
        (403, "PermissionException", "No IPs configured for this app.", RefusalKind.PERMISSION),
        (
            400,
            "InputException",
            "IP (10.0.0.1) is not allowed to place orders for this app.",
            RefusalKind.PERMISSION,
        ),
        (400, "MarginException", "Insufficient funds. Required margin is 5.", RefusalKind.MARGIN),
        (
            400,
            "MarginException",
            "Insufficient funds. Required margin is 1,500.00 but available margin is 20.00."
            " Check the orderbook for open orders.",
            RefusalKind.MARGIN,
        ),
        (400, "OrderException", "Insufficient funds. Required margin is 5.", RefusalKind.MARGIN),
        (
            428,
            "HoldingException",
            "10 quantity needs authorisation at depository.",
            RefusalKind.HOLDINGS,
        ),
        (
            400,
            "InputException",
            "Order cannot be modified as it is being processed. Try later.",
            RefusalKind.BUSY,
        ),
        (
            400,
            "OrderException",
            "Order cannot be cancelled as it is being processed. Try later.",
            RefusalKind.BUSY,
        ),
        (400, "InputException", "Maximum allowed order requests exceeded.", RefusalKind.RATE),
        (400, "NetworkException", "Maximum allowed order requests exceeded.", RefusalKind.RATE),
        (
            400,
            "NetworkException",
            "Maximum allowed order modifications exceeded.",
            RefusalKind.INPUT,
        ),
        (429, "NetworkException", "Too many requests", RefusalKind.RATE),
        (
            400,
            "InputException",
            "Market orders without market protection are not allowed via API.",
            RefusalKind.INPUT,
        ),
    ],
)
def test_known_words_say_what_to_do(status, error_type, message, kind):
    outcome = classify_write(status, JSON, an_error(error_type, message))
    assert outcome == Refused(kind=kind, message=message, http_status=status)


@pytest.mark.parametrize(
    ("status", "error_type", "message"),
    [
        (400, "InputException", TIMED_OUT),
        (400, "OrderException", "Your order is being processed."),
        (400, "NetworkException", "Gateway trouble"),
        (400, "MarginException", "Insufficient funds? Check the orderbook for open orders."),
        (
            400,
            "MarginException",
            "Insufficient funds. Required margin is 5 but available margin is 2. Check the"
            " orderbook for open orders. Request timed out.",
        ),
        (428, "HoldingException", "Something else"),
        (503, "NetworkException", "Maximum allowed order modifications exceeded."),
        (429, "NetworkException", TIMED_OUT),
    ],
)
def test_words_that_leave_a_doubt_are_unknown(status, error_type, message):
    assert isinstance(classify_write(status, JSON, an_error(error_type, message)), Unknown)


def test_a_server_error_that_looks_like_a_success_is_unknown():
    body = b'{"status":"success","data":{"order_id":"123"}}'
    assert isinstance(classify_write(500, JSON, body), Unknown)


def test_a_numeric_order_id_keeps_every_digit():
    body = b'{"status":"success","data":{"order_id":1953341975595868161}}'
    assert classify_write(200, JSON, body) == Acked(order_id="1953341975595868161")


@given(st.integers(0, 999), st.sampled_from([JSON, "", "text/html"]), st.binary(max_size=200))
def test_no_bytes_make_it_raise(status, content_type, body):
    outcome = classify_write(status, content_type, body)
    if isinstance(outcome, Refused):
        assert status == 429
    with contextlib.suppress(BrokerError):
        classify_read(status, content_type, body)


@pytest.mark.parametrize(
    ("status", "error_type", "message", "error"),
    [
        (403, "TokenException", "Incorrect `api_key` or `access_token`.", SessionExpired),
        (400, "InputException", "Invalid `api_key` or `access_token`.", SessionExpired),
        (403, "PermissionException", "Insufficient permission for that call.", PermissionDenied),
        (429, "NetworkException", "Too many requests", RateLimited),
        (400, "InputException", "Something", BrokerUnavailable),
        (500, "GeneralException", "Something", BrokerUnavailable),
        (502, "", "", BrokerUnavailable),
        (302, "", "", BrokerUnavailable),
    ],
)
def test_a_failed_read_says_what_to_do(status, error_type, message, error):
    with pytest.raises(error):
        classify_read(status, JSON, an_error(error_type, message))


def test_the_servers_wish_to_wait_is_honoured_within_reason():
    for header, seconds in (("", 1), ("7", 7), ("99999", 60), ("soon", 1), ("0", 1)):
        with pytest.raises(RateLimited) as caught:
            classify_read(429, "", b"", header)
        assert caught.value.retry_after == timedelta(seconds=seconds)
