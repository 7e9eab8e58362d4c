"""Every cell of (operation x how far the request came x what came back): what may be concluded of a write.

The connection, the parser, the gateway and the classifier are the real ones, above a transport in
memory. What each cell should be is said here once more, as a short list of what Kite is known to
say when it has done nothing; nothing outside that list may ever be a refusal.
"""

import itertools
import json
import socket
import ssl
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.kite.classify import classify_write
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.wire import Wire
from engine.core.values.commands import Acked, Outcome, RefusalKind, Refused, Unknown
from tests.contracts.kite.kite_servers import outcome_of, some_credentials
from tests.contracts.kite.memory_line import Dial, answer_of, told
from tests.contracts.kite.outcome_bodies import (
    HTML,
    JSON,
    MUTE,
    PLAIN,
    REFUSING,
    TELLING,
    of_body,
    success,
)
from tests.contracts.kite.outcome_rule import (
    OPERATIONS,
    ORDER_ID,
    STATUSES,
    TEXTS,
    TYPES,
    may_be_refused,
    of_error,
)


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
