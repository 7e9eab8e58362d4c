"""Without a permit or a session no byte of a write leaves."""

import asyncio

import pytest

from engine.brokers.kite import pool as pool_module
from engine.brokers.kite.replies import Request
from engine.core.values.commands import (
    Acked,
    Cancel,
    RefusalKind,
    Refused,
    Withheld,
    WithheldReason,
)
from engine.core.values.market import AccountName, OrderId, Venue
from engine.errors import SessionExpired
from tests.contracts.kite.kite_servers import (
    a_gateway,
    a_place,
    a_wire,
    acked,
    answering,
    http,
    outcome_of,
    serving,
    some_credentials,
)

CANCEL = Cancel(
    intent_id="KCaa0002",
    venue=Venue.LIVE,
    follower=AccountName("asha"),
    mode_epoch=1,
    order_id=OrderId("1953341975595868160"),
)


async def test_without_a_permit_no_byte_of_a_write_leaves_and_reads_still_work():
    seen: list[bytes] = []
    body = http(200, {"status": "success", "data": []})
    async with serving(answering(body, seen=seen)) as server:
        wire = a_wire(server.port, permit=lambda: False)
        async with a_gateway(server.port, permit=lambda: False) as gateway:
            await gateway.warm()
            for command in (a_place(), CANCEL):
                outcome = await outcome_of(gateway, command)
                assert outcome == Withheld(reason=WithheldReason.NO_PERMIT)
        assert seen == []
        assert (await wire.get("/orders")).status == 200
        await wire.close()
    assert [request.split(b" ")[0] for request in seen] == [b"GET"]


async def test_a_permit_withdrawn_while_a_write_waits_for_a_connection_stops_it():
    allowed = True
    opened = asyncio.Event()
    seen: list[bytes] = []

    async def handler(reader, writer):
        opened.set()
        await answering(acked(), seen=seen)(reader, writer)

    async with (
        serving(handler) as server,
        a_gateway(server.port, permit=lambda: allowed) as gateway,
    ):
        waiting = asyncio.get_running_loop().create_future()
        gateway.submit(a_place(), timeout_s=2, done=waiting.set_result)
        allowed = False
        assert await waiting == Withheld(reason=WithheldReason.NO_PERMIT)
    assert seen == []


async def test_a_permit_that_flips_at_the_last_moment_costs_neither_connection_nor_promise():
    # Asked at the moment of writing and then only: a warm connection needs no earlier look.
    answers = iter([False, True])
    seen: list[bytes] = []
    async with serving(answering(acked(), seen=seen)) as server:
        async with a_gateway(server.port, permit=lambda: next(answers)) as gateway:
            await gateway.warm()
            outcome = await outcome_of(gateway, a_place())
            assert outcome == Withheld(reason=WithheldReason.NO_PERMIT)
            assert isinstance(await outcome_of(gateway, a_place()), Acked)
        assert server.connections == pool_module.WARM_CONNECTIONS
    assert len(seen) == 1


async def test_without_a_session_nothing_leaves():
    seen: list[bytes] = []
    credentials = some_credentials(logged_in=False)
    async with serving(answering(acked(), seen=seen)) as server:
        async with a_gateway(server.port, credentials=credentials) as gateway:
            outcome = await outcome_of(gateway, a_place())
            assert isinstance(outcome, Refused)
            assert outcome.kind is RefusalKind.SESSION
        wire = a_wire(server.port, credentials=credentials)
        with pytest.raises(SessionExpired):
            await wire.get("/orders")
        await wire.close()
    assert seen == []


@pytest.mark.parametrize(
    ("method", "target", "harmless"),
    [
        ("GET", "/orders", True),
        ("POST", "/session/token", True),
        ("POST", "/margins/orders", True),
        ("POST", "/margins/basket?consider_positions=true", True),
        ("POST", "/charges/orders", True),
        ("POST", "/orders/regular", False),
        ("POST", "/gtt/triggers", False),
        ("POST", "/alerts", False),
        ("POST", "/portfolio/holdings/authorise", False),
        ("PUT", "/portfolio/positions", False),
        ("POST", "/session/token/x", False),
        ("POST", "/margins/../orders/regular", False),
        ("POST", "/marginsorders", False),
        ("PUT", "/margins/orders", False),
        ("DELETE", "/session/token", False),
    ],
)
def test_in_paper_only_reads_the_login_and_the_calculators_leave(method, target, harmless):
    """The contract names all that may leave in PAPER; whatever else there is at Kite needs the permit."""
    assert Request(method=method, target=target).needs_permit is not harmless


def test_what_needs_a_permit_is_found_out_and_not_told():
    order = Request(method="POST", target="/orders/regular", needs_permit=False)
    assert order.needs_permit
    assert not Request(method="GET", target="/orders", needs_permit=True).needs_permit
