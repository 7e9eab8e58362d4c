"""Read Kite's answer: did the write happen? Pure; everything not listed here is ``Unknown``.

An error is not a refusal. Kite answered HTTP 400 "Order request timed out. Please check the order
book…" and placed the order eight seconds later (Kite forum comment 35732, 2021-10); its staff say
of any other status that the book must be checked before anything is sent again (comment 41029).
So a refusal must be on the list below, whole: status, error type and, where it matters, the words.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from engine.brokers.kite.freeze import named_freeze
from engine.brokers.kite.json_text import UnreadableError, read_object, text_of
from engine.brokers.kite.refusal_words import kind_of_words, named_range
from engine.core.values.commands import Acked, Outcome, RefusalKind, Refused, Unknown
from engine.core.values.market import OrderId
from engine.errors import (
    BrokerUnavailable,
    PermissionDenied,
    RateLimited,
    SessionExpired,
)

#: Words that make any answer ambiguous, whatever its status and type say.
_MAY_HAVE_HAPPENED = re.compile(
    r"time[ds]?[\s-]*out|order\s?book|before placing again|may have been",
    re.IGNORECASE,
)
#: The one mention of the book that is an advice and no doubt: the end of Kite's text for missing
#: funds. Only behind those very words; a time-out in the same text still makes it ambiguous.
_FUNDS_ADVICE = re.compile(
    r"^(Insufficient funds\. Required margin is [\d,.]+ but available margin is -?[\d,.]+\.?)"
    r" Check the order\s?book for open orders\.?",
    re.IGNORECASE,
)
#: A modify or cancel that met another change, or an order that has ended. Kite forum 9899, 8106.
_BUSY = re.compile(r"cannot be (?:modified|cancel+ed)\b.*\bbeing processed", re.IGNORECASE)
#: A modify or cancel that came before the order was known everywhere. Kite forum comment 48691.
_NOT_YET = re.compile(r"order for id\b.*\bdoes not exist", re.IGNORECASE)
#: Kite's per-minute and per-day caps. Kite forum comment 51118.
_TOO_MANY = re.compile(r"maximum allowed order requests exceeded|too many requests", re.IGNORECASE)
#: More than 25 modifications of one order. Kite forum 9201.
_TOO_MANY_CHANGES = re.compile(r"maximum allowed order modifications exceeded", re.IGNORECASE)
#: Missing credentials come as an InputException. Seen by a third party in 2026-08.
_NO_SESSION = re.compile(
    r"(?:invalid|incorrect|missing)\W+api_key\W+or\W+access_token", re.IGNORECASE
)
_NO_IP = re.compile(
    r"\bIPs? (?:address )?(?:\S+ )?(?:is )?not allowed|no IPs configured", re.IGNORECASE
)
_NO_FUNDS = re.compile(r"insufficient funds|margin exceeds", re.IGNORECASE)
#: CNC sale without depository authorisation. Source: Kite Connect docs, portfolio (HTTP 428).
_NOT_AUTHORISED = re.compile(r"authori[sz]ation|authori[sz]ed", re.IGNORECASE)

#: Error types of an HTTP 400 that are Kite's own validation. Source: Kite Connect docs, exceptions.
_KIND_OF_400: Mapping[str, RefusalKind] = {
    "InputException": RefusalKind.INPUT,
    "OrderException": RefusalKind.INPUT,
    "MarginException": RefusalKind.MARGIN,
    "HoldingException": RefusalKind.HOLDINGS,
}
_KIND_OF_403: Mapping[str, RefusalKind] = {
    "TokenException": RefusalKind.SESSION,
    "PermissionException": RefusalKind.PERMISSION,
}
#: Words that say more than the type does, in the order they are tried.
_KIND_OF_WORDS = (
    (_BUSY, RefusalKind.BUSY),
    (_NOT_YET, RefusalKind.BUSY),
    (_TOO_MANY, RefusalKind.RATE),
    (_NO_SESSION, RefusalKind.SESSION),
    (_NO_IP, RefusalKind.PERMISSION),
    (_NO_FUNDS, RefusalKind.MARGIN),
)
#: Kite puts no bound on its words; a chat message does.
_MESSAGE_LIMIT = 500


def classify_write(status: int, content_type: str, body: bytes) -> Outcome:
    """Read the answer to a place, modify or cancel.

    Args:
        status: HTTP status.
        content_type: The header, lower case.
        body: The body, any bytes.

    Returns:
        ``Acked`` for 2xx with an order id; ``Refused`` for what the list above allows;
        ``Unknown`` for everything else. Never raises.
    """
    try:
        answer = read_object(body)
    except UnreadableError as error:
        answer = {}
        unreadable = str(error)
    else:
        unreadable = ""
    message = text_of(answer.get("message"))[:_MESSAGE_LIMIT]
    if 200 <= status < 300:
        order_id = _order_id(answer)
        if order_id is not None:
            return Acked(order_id=order_id)
        return Unknown(detail=unreadable or "success without an order id", http_status=status)
    kind = _refusal(status, content_type, answer, message)
    if kind is not None:
        return _refused(kind, message or f"HTTP {status}", status)
    detail = message or unreadable or "an answer that is on no list"
    return Unknown(detail=f"HTTP {status}: {detail}", http_status=status)


def _refused(kind: RefusalKind, message: str, status: int) -> Refused:
    """Return a refusal with what its words tell of the order, where it is Kite's own validation."""
    if kind is not RefusalKind.INPUT:
        return Refused(kind=kind, message=message, http_status=status)
    freeze = named_freeze(message)
    if freeze is not None:
        return Refused(
            kind=RefusalKind.FREEZE, message=message, http_status=status, freeze_quantity=freeze
        )
    better = kind_of_words(message) or kind
    lowest, highest = named_range(message) if better is RefusalKind.PRICE else (None, None)
    return Refused(kind=better, message=message, http_status=status, lowest=lowest, highest=highest)


def _order_id(answer: Mapping[str, object]) -> OrderId | None:
    """Return the order id of a success; anything but a plain, present id is none."""
    data = answer.get("data")
    if answer.get("status", "success") != "success" or not isinstance(data, dict):
        return None
    order_id = data.get("order_id")
    if isinstance(order_id, int) and not isinstance(order_id, bool) and order_id > 0:
        order_id = str(order_id)
    if not isinstance(order_id, str) or not order_id.strip() or len(order_id) > 64:
        return None
    return OrderId(order_id)


def _refusal(
    status: int, content_type: str, answer: Mapping[str, object], message: str
) -> RefusalKind | None:
    """Return why the write definitely did not happen, or None where that is not certain."""
    if _MAY_HAVE_HAPPENED.search(_FUNDS_ADVICE.sub(r"\1", message)):
        return None
    if status == 429:
        # The limiter stands before the order system, so even a bare 429 places nothing
        # (Kite forum comment 48463).
        return RefusalKind.RATE
    if "json" not in content_type or answer.get("status") != "error" or not message:
        return None
    error_type = text_of(answer.get("error_type"))
    match status:
        case 400:
            kind = _refusal_of_400(error_type, message)
        case 403:
            kind = _KIND_OF_403.get(error_type)
        case 428 if _NOT_AUTHORISED.search(message):
            kind = RefusalKind.HOLDINGS
        case _:
            kind = None
    return kind


def _refusal_of_400(error_type: str, message: str) -> RefusalKind | None:
    if error_type == "NetworkException":
        # Its limits are named so too; any other NetworkException says nothing about the order.
        if _TOO_MANY.search(message):
            return RefusalKind.RATE
        return RefusalKind.INPUT if _TOO_MANY_CHANGES.search(message) else None
    kind = _KIND_OF_400.get(error_type)
    if kind is None:
        return None
    if "being processed" in message.lower() and not _BUSY.search(message):
        return None
    return next((better for words, better in _KIND_OF_WORDS if words.search(message)), kind)


def classify_read(status: int, content_type: str, body: bytes, retry_after: str = "") -> None:
    """Read the answer to a GET; returns only where the body is worth decoding.

    Args:
        status: HTTP status.
        content_type: The header, lower case.
        body: The body, any bytes.
        retry_after: The header of that name; whole seconds are honoured.

    Raises:
        SessionExpired: The token is dead or missing.
        PermissionDenied: Plan, segment or address.
        RateLimited: HTTP 429.
        BrokerUnavailable: Anything else that is not a success.
    """
    if 200 <= status < 300:
        return
    try:
        answer = read_object(body) if "json" in content_type else {}
    except UnreadableError:
        answer = {}
    message = text_of(answer.get("message"))[:_MESSAGE_LIMIT] or f"HTTP {status} without a reason"
    error_type = text_of(answer.get("error_type"))
    if status == 429:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 1
        raise RateLimited(message, retry_after=timedelta(seconds=min(max(seconds, 1), 60)))
    if status == 403 and error_type == "TokenException":
        raise SessionExpired(message)
    if status == 400 and error_type == "InputException" and _NO_SESSION.search(message):
        raise SessionExpired(message)
    if status == 403 and error_type == "PermissionException":
        raise PermissionDenied(message)
    raise BrokerUnavailable(f"Kite answered {status}: {message}")
