"""Every cell of (operation x how far the request came x what came back): what may be concluded of a write.

The connection, the parser, the gateway and the classifier are the real ones, above a transport in
memory. What each cell should be is said here once more, as a short list of what Kite is known to
say when it has done nothing; nothing outside that list may ever be a refusal.
"""

import asyncio
import itertools
import json
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.kite.classify import classify_write
from engine.brokers.kite.dial import Origin
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import (
    Acked,
    Cancel,
    Command,
    Modify,
    Outcome,
    Priority,
    RefusalKind,
    Refused,
    Unknown,
)
from engine.core.values.market import AccountName, OrderId, Venue
from tests.contracts.kite.kite_servers import a_place, outcome_of, some_credentials

ORDER_ID = "1953341975595868160"
OPERATIONS: dict[str, Command] = {
    "place": a_place(),
    "modify": Modify(
        intent_id="KCaa0001m1", venue=Venue.LIVE, follower=AccountName("asha"), mode_epoch=1,
        priority=Priority.MODIFY, order_id=OrderId(ORDER_ID), price=Decimal("25000.10"),
    ),
    "cancel": Cancel(
        intent_id="KCaa0001x1", venue=Venue.LIVE, follower=AccountName("asha"), mode_epoch=1,
        order_id=OrderId(ORDER_ID),
    ),
}  # fmt: skip

# -- the rule, said independently of the code ---------------------------------------------------


@dataclass(frozen=True)
class Text:
    """What Kite says, and what follows from it.

    Attributes:
        definite: Kinds of refusal by (status, error type); what is not in here is unknown.
    """

    words: str
    definite: dict[tuple[int, str], RefusalKind]


#: Kite's own validation, before anything is sent on (Kite Connect docs, exceptions).
VALIDATION = {
    (400, "InputException"): RefusalKind.INPUT,
    (400, "OrderException"): RefusalKind.INPUT,
}
#: Funds and shares, by their own types (Kite Connect docs, exceptions).
MEANS = {
    (400, "MarginException"): RefusalKind.MARGIN,
    (400, "HoldingException"): RefusalKind.HOLDINGS,
}
#: No session or not allowed (Kite Connect docs, exceptions; forum discussion 15912).
NOT_ALLOWED = {
    (403, "TokenException"): RefusalKind.SESSION,
    (403, "PermissionException"): RefusalKind.PERMISSION,
}
ORDINARY = VALIDATION | MEANS | NOT_ALLOWED


def _all(kind: RefusalKind, *, of: dict[tuple[int, str], RefusalKind]) -> dict:
    return dict.fromkeys(of, kind)


#: 429 stands beside all of these: whatever its body, unless that speaks of a time-out or the book.
TEXTS = (
    Text("Something about the order is wrong.", ORDINARY),
    # Placed eight seconds later, with this very answer (Kite forum comment 35732).
    Text(
        "Order request timed out. Please check the order book and confirm before placing again.", {}
    ),
    Text("Gateway timeout", {}),
    Text("Please check the orderbook.", {}),
    Text("", {}),
    # Forum comment 52991 (protection), discussion 15912 (addresses), comment 9899 (busy).
    Text(
        "Market orders without market protection are not allowed via API. Please set market "
        "protection or use a Limit order.",
        ORDINARY,
    ),
    Text(
        "IP (10.0.0.1) is not allowed to place orders for this app.",
        _all(RefusalKind.PERMISSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text(
        "No IPs configured for this app. Add allowed IPs on the Kite developer console.",
        _all(RefusalKind.PERMISSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text(
        "Order cannot be modified as it is being processed. Try later.",
        _all(RefusalKind.BUSY, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    Text("Your order is being processed.", NOT_ALLOWED),
    Text(
        "Insufficient funds. Required margin is 95417.84 but available margin is 74251.80.",
        _all(RefusalKind.MARGIN, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
    # HTTP 428: shares to be sold are not authorised (Kite Connect docs, portfolio). Of the type
    # nothing is documented, so any goes.
    Text(
        "10 quantity needs authorisation at depository.",
        ORDINARY | {(428, "*"): RefusalKind.HOLDINGS},
    ),
    # The limits of a minute and a day come under more than one type (forum comment 51118).
    Text(
        "Maximum allowed order requests exceeded.",
        _all(RefusalKind.RATE, of=VALIDATION | MEANS)
        | {(400, "NetworkException"): RefusalKind.RATE}
        | NOT_ALLOWED,
    ),
    # Forum discussion 9201: 25 changes of one order.
    Text(
        "Maximum allowed order modifications exceeded.",
        ORDINARY | {(400, "NetworkException"): RefusalKind.INPUT},
    ),
    # A third party saw missing credentials so in 2026-08.
    Text(
        "Invalid `api_key` or `access_token`.",
        _all(RefusalKind.SESSION, of=VALIDATION | MEANS) | NOT_ALLOWED,
    ),
)
DOUBT = ("timed out", "timeout", "order book", "orderbook")
STATUSES = (
    100, 199, 200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 413,
    422, 425, 428, 429, 499, 500, 501, 502, 503, 504, 520, 522, 524, 599,
)  # fmt: skip
TYPES = (
    "TokenException", "PermissionException", "UserException", "TwoFAException", "OrderException",
    "InputException", "MarginException", "HoldingException", "NetworkException", "DataException",
    "GeneralException", "tokenexception", "NeverHeardOfException", "", None, 5,
)  # fmt: skip


def of_error(status: int, error_type: object, text: Text) -> RefusalKind | None:
    """Return the kind of refusal of an error in JSON, None where the write is of unknown fate."""
    if any(each in text.words.lower() for each in DOUBT):
        return None
    if status == 429:
        return RefusalKind.RATE
    if (status, "*") in text.definite:
        return text.definite[status, "*"]
    return text.definite.get((status, error_type)) if isinstance(error_type, str) else None


# -- the bodies that are no errors in JSON --------------------------------------------------------

ACCEPTED = {"status": "success", "data": {"order_id": ORDER_ID}}
REFUSING = {"status": "error", "message": "Wrong.", "data": None, "error_type": "InputException"}
JSON, HTML, PLAIN = "application/json", "text/html; charset=utf-8", "text/plain"


def success(order_id: object) -> bytes:
    return json.dumps({"status": "success", "data": {"order_id": order_id}}).encode()


#: Body class: (content type, body). Of these only the first three ever tell of an order.
TELLING = {
    "accepted": (JSON, success(ORDER_ID)),
    "accepted, number": (JSON, success(int(ORDER_ID))),
    "accepted, with a charset": ("application/json; charset=utf-8", success(ORDER_ID)),
}
MUTE = {
    "id missing": (JSON, b'{"status":"success","data":{}}'),
    "id null": (JSON, success(None)),
    "id empty": (JSON, success("")),
    "id blank": (JSON, success("  ")),
    "id true": (JSON, success(True)),
    "id zero": (JSON, success(0)),
    "id negative": (JSON, success(-5)),
    "id fraction": (JSON, success(1.5)),
    "id list": (JSON, success([ORDER_ID])),
    "id object": (JSON, success({"id": ORDER_ID})),
    "id endless": (JSON, success("9" * 4000)),
    "data true": (JSON, b'{"status":"success","data":true}'),
    "data list": (JSON, b'{"status":"success","data":[{"order_id":"1"}]}'),
    "data missing": (JSON, b'{"status":"success"}'),
    "error with an id": (
        JSON,
        b'{"status":"error","data":{"order_id":"1"},"message":"Wrong.","error_type":"Odd"}',
    ),
    "status odd": (JSON, b'{"status":"partial","data":{"order_id":"1"}}'),
    "cut in the id": (JSON, success(ORDER_ID)[:-9]),
    "cut in an error": (JSON, json.dumps(REFUSING).encode()[:-3]),
    "array": (JSON, b"[1,2]"),
    "null": (JSON, b"null"),
    "empty": (JSON, b""),
    "empty, no type": ("", b""),
    "error without a message": (JSON, b'{"status":"error","error_type":"InputException"}'),
    "error with a number": (JSON, b'{"status":"error","message":5,"error_type":"InputException"}'),
    "error without a status": (JSON, b'{"message":"Wrong.","error_type":"InputException"}'),
    "error as html": (HTML, json.dumps(REFUSING).encode()),
    "error as text": (PLAIN, json.dumps(REFUSING).encode()),
    "error without a type": ("", json.dumps(REFUSING).encode()),
    "not utf-8": (JSON, b'{"status":"error","message":"\xff\xfe","error_type":"InputException"}'),
    "utf-16": (JSON, json.dumps(REFUSING).encode("utf-16")),
    "deep": (JSON, b"[" * 60_000),
    "huge": (JSON, b'{"status":"error","message":"' + b"x" * 60_000 + b'","error_type":"E"}'),
    "two objects": (JSON, json.dumps(REFUSING).encode() * 2),
    "nginx": (HTML, b"<html><head><title>502 Bad Gateway</title></head></html>"),
    "cloudflare": (HTML, b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>"),
    "squid": (HTML, b"<html><body><h1>ERROR</h1>The requested URL could not be retrieved"),
    "captive portal": (HTML, b'<meta http-equiv="refresh" content="0;url=http://login.hotel/">'),
    "varnish": (PLAIN, b"Error 503 Backend fetch failed\n\nGuru Meditation:\n\nXID: 32770\n"),
}  # fmt: skip


def of_body(status: int, name: str) -> str:
    if status == 429:
        return "refused"
    # The statuses without a body, and the ones that only announce, tell nothing.
    bodiless = status < 200 or status in (204, 304)
    return "acked" if 200 <= status < 300 and name in TELLING and not bodiless else "unknown"


# -- a transport in memory ------------------------------------------------------------------------


class Line(asyncio.Transport):
    """One connection: what is written gets an answer, or an end."""

    def __init__(self, protocol: asyncio.Protocol, answer: bytes, *, closes: bool) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self._protocol = protocol
        self._answer = answer
        self._closes = closes
        self._closed = False

    def write(self, data: bytes) -> None:
        self.written.append(bytes(data))
        asyncio.get_running_loop().call_soon(self._react)

    def _react(self) -> None:
        if self._answer and not self._closed:
            self._protocol.data_received(self._answer)
        if self._closes:
            self.abort()

    def is_closing(self) -> bool:
        return self._closed

    def abort(self) -> None:
        if not self._closed:
            self._closed = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    close = abort


class Dial:
    """Stands where the dialler stands: fails, or hands out a line in memory."""

    def __init__(self, *, answer: bytes = b"", closes: bool = False, dead: bool = False) -> None:
        self.origin = Origin.parse("https://api.kite.trade")
        self.failure: OSError | None = None
        self.answer, self.closes, self.dead = answer, closes, dead
        self.lines: list[Line] = []

    async def dial(self, make: Callable[[], asyncio.Protocol]) -> asyncio.Protocol:
        if self.failure is not None:
            raise self.failure
        protocol = make()
        line = Line(protocol, self.answer, closes=self.closes)
        self.lines.append(line)
        protocol.connection_made(line)
        if self.dead:
            line.abort()
        return protocol

    @property
    def requests(self) -> int:
        return sum(len(line.written) for line in self.lines)


def answer_of(status: int, content_type: str, body: bytes) -> bytes:
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f"HTTP/1.1 {status} X\r\n{kind}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def told(dial: Dial, operation: str) -> Outcome:
    credentials = some_credentials()
    wire = Wire(dialler=dial, credentials=credentials, permit=lambda: True)
    outcome = await outcome_of(KiteGateway(wire, credentials), OPERATIONS[operation])
    assert dial.requests <= 1, "a write left twice"
    await wire.close()
    return outcome


class Count:
    """Counts cells by what was concluded."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    def check(self, outcome: Outcome, expected: str, *cell: object) -> None:
        found = type(outcome).__name__.lower()
        assert found == expected, (cell, outcome)
        self.of[found] += 1

    def say(self, what: str) -> None:
        figures = f"{what}: {self.of.total()} cells, {dict(self.of)}"
        print(figures)  # noqa: T201 - shown by -s, and where a cell fails


# -- the tables -----------------------------------------------------------------------------------


async def test_no_phase_before_the_first_byte_leaves_a_doubt_and_every_later_one_does():
    count = Count()
    failures = (
        socket.gaierror(socket.EAI_NONAME, "no name"), ConnectionRefusedError(111, "refused"),
        TimeoutError(), OSError(113, "no route"), ConnectionResetError(104, "reset"),
        ssl.SSLCertVerificationError(1, "certificate verify failed"), ssl.SSLError(1, "alert"),
    )  # fmt: skip
    whole = answer_of(200, JSON, success(ORDER_ID))
    refusal = answer_of(400, JSON, json.dumps(REFUSING).encode())
    for operation in OPERATIONS:
        for failure in failures:
            dial = Dial()
            dial.failure = failure
            outcome = await told(dial, operation)
            count.check(outcome, "refused", operation, failure)
            assert outcome.kind is RefusalKind.NOT_SENT
        outcome = await told(Dial(dead=True), operation)
        count.check(outcome, "refused", operation, "closed before a byte was written")
        assert outcome.kind is RefusalKind.NOT_SENT
        for answer in (whole, refusal):
            for cut in range(len(answer)):
                outcome = await told(Dial(answer=answer[:cut], closes=True), operation)
                count.check(outcome, "unknown", operation, cut)
        count.check(await told(Dial(answer=whole, closes=True), operation), "acked", operation)
        count.check(await told(Dial(answer=refusal, closes=True), operation), "refused", operation)
    count.say("phases")
    assert count.of.total() > 900


async def test_only_what_is_listed_is_a_refusal_over_status_type_text_and_operation():
    count = Count()
    for operation, command in OPERATIONS.items():
        dial = Dial()
        credentials = some_credentials()
        wire = Wire(dialler=dial, credentials=credentials, permit=lambda: True)
        gateway = KiteGateway(wire, credentials)
        # One connection a status: the line is as good as new after every whole answer.
        for status, error_type, text in itertools.product(STATUSES, TYPES, TEXTS):
            body = {
                "status": "error",
                "message": text.words,
                "data": None,
                "error_type": error_type,
            }
            dial.answer = answer_of(status, JSON, json.dumps(body).encode())
            dial.closes = status < 200
            for line in dial.lines:
                line._answer, line._closes = dial.answer, dial.closes
            outcome = await outcome_of(gateway, command)
            kind = (
                None if status < 200 or status in (204, 304) else of_error(status, error_type, text)
            )
            cell = (operation, status, error_type, text.words)
            count.check(outcome, "unknown" if kind is None else "refused", *cell)
            assert kind is None or outcome.kind is kind, (cell, outcome)
        assert dial.requests == len(STATUSES) * len(TYPES) * len(TEXTS), "one request a write"
        await wire.close()
    count.say("errors in JSON")
    assert count.of.total() >= 2000


async def test_no_other_body_is_a_refusal_but_under_429():
    count = Count()
    bodies = TELLING | MUTE
    for operation, status in itertools.product(OPERATIONS, STATUSES):
        for name, (content_type, body) in bodies.items():
            dial = Dial(answer=answer_of(status, content_type, body), closes=True)
            expected = of_body(status, name)
            outcome = await told(dial, operation)
            count.check(outcome, expected, operation, status, name)
            if isinstance(outcome, Acked):
                assert outcome.order_id == ORDER_ID
    count.say("other bodies")
    assert count.of.total() >= 2000


# -- and for anything at all ----------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["success", "error", "", 1, None]) | ANYTHING,
        "message": st.sampled_from([each.words for each in TEXTS]) | ANYTHING,
        "error_type": st.sampled_from(TYPES) | ANYTHING,
        "data": st.fixed_dictionaries({"order_id": ANYTHING}) | ANYTHING,
    },
)


def may_be_refused(status: int, content_type: str, body: object) -> bool:
    """Tell whether the list above has a place for this answer at all, whatever its words."""
    if status == 429:
        return True
    if "json" not in content_type or not isinstance(body, dict) or body.get("status") != "error":
        return False
    message, error_type = body.get("message"), body.get("error_type")
    if (
        not isinstance(message, str)
        or not message
        or any(each in message.lower() for each in DOUBT)
    ):
        return False
    known = {cell for text in TEXTS for cell in text.definite}
    return (status, error_type) in known if isinstance(error_type, str) else status == 428


@settings(max_examples=2000)
@given(
    st.sampled_from(STATUSES) | st.integers(0, 999),
    st.sampled_from([JSON, HTML, PLAIN, "", "application/problem+json"]),
    ENVELOPE | ANYTHING,
)
def test_nothing_outside_the_list_is_ever_a_refusal(status, content_type, body):
    outcome = classify_write(status, content_type, json.dumps(body).encode())
    if isinstance(outcome, Refused):
        assert may_be_refused(status, content_type, body) or (status, "*") in {
            cell for text in TEXTS for cell in text.definite
        }
    if isinstance(outcome, Acked):
        assert 200 <= status < 300
        assert str(body["data"]["order_id"]) == outcome.order_id


@settings(max_examples=1000)
@given(st.integers(0, 999), st.sampled_from([JSON, HTML, ""]), st.binary(max_size=300))
def test_no_bytes_at_all_are_a_refusal_but_under_429(status, content_type, body):
    outcome = classify_write(status, content_type, body)
    assert isinstance(outcome, Unknown) or (isinstance(outcome, Refused) and status == 429)
