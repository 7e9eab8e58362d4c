"""What Prometheus is told, by whom it may be asked, and that nothing waits for it."""

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.metrics.exporter import Metrics
from bot.metrics.gauges import Backlog, Reading
from engine.clock import SystemClock
from engine.core.values.notices import SkipReason
from engine.errors import JournalFull
from storage.journal import Journal
from tests.core.core_world import World, a_follower, an_order, done


class Counted(World):
    """A world whose decisions go through the counted journal."""

    def __init__(self, journal, *followers):
        self.counted = journal
        super().__init__(*followers)

    def offer(self, event):
        decision = super().offer(event)
        self.counted.commit([(event, decision.records)])
        return decision


class Open:
    """Metrics that are listened to."""

    def __init__(self, journal):
        self.reading, self.failed = None, []
        self.metrics = Metrics(
            ("127.0.0.1", 0),
            journal,
            clock=SystemClock(),
            read=lambda: self.reading,
            failed=self.failed.append,
        )

    async def ask(self, request="GET /metrics", host="127.0.0.1"):
        """Return status line and body of one answer."""
        server = self.metrics.server
        here, there = asyncio.StreamReader(), Writer()
        here.feed_data(f"{request} HTTP/1.1\r\nAccept: */*\r\nHost: {host}:9464\r\n\r\n".encode())
        await server._serve(here, there)
        head, _, body = there.sent.partition(b"\r\n\r\n")
        return head.decode().splitlines()[0], body.decode()

    async def samples(self):
        await asyncio.sleep(0)  # counted behind what a commit sends
        status, body = await self.ask()
        assert status == "HTTP/1.1 200 OK"
        lines = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
        return {name.removeprefix("kitecopytrader_"): float(value) for name, _, value in lines}


class Writer:
    def __init__(self):
        self.sent, self.closed = b"", False

    def write(self, data):
        self.sent += data

    async def drain(self):
        return None

    def close(self):
        self.closed = True


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


async def test_a_day_is_told_in_numbers_that_people_can_act_on(journal):
    opened = Open(journal)
    world = Counted(
        opened.metrics.journal, a_follower(), a_follower("mother", symbols_block=("*",))
    )
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    world.master(done("M2", symbol="INFY"))
    lost = world.place()
    world.lose(lost)
    world.master(an_order("M3", quantity=20, price="99.50", symbol="INFY"))
    waits = Backlog(waiting=2, oldest_at=SystemClock().now() - timedelta(seconds=90))
    opened.reading = Reading(
        state=world.state, chat_silent_s=7.5, backlogs={"chat": waits, "email": Backlog(waiting=0)}
    )
    told = await opened.samples()
    for line, value in {
        'orders_total{follower="father",state="planned",venue="live"}': 2,
        'orders_total{follower="father",state="sending",venue="live"}': 2,
        'orders_total{follower="father",state="acked",venue="live"}': 1,
        'orders_total{follower="father",state="unknown",venue="live"}': 1,
        'skips_total{follower="mother",reason="symbol_blocked",venue="live"}': 3,
        'unresolved_orders{account="father"}': 1,
        'session_ok{account="master"}': 1,
        'messages_waiting{way="chat"}': 2,
        'messages_oldest_seconds{way="email"}': 0,
        "chat_silent_seconds": 7.5,
        "live": 1,
        "copying": 1,
    }.items():
        assert told[line] == value, line
    assert told['messages_oldest_seconds{way="chat"}'] == pytest.approx(90, abs=5)
    assert told["commit_seconds_count"] > 3
    assert told["process_resident_memory_bytes"] > 0


async def test_names_of_reasons_are_words_a_query_can_have(journal):
    assert all(re.fullmatch(r"[a-z_]+", reason.name.lower()) for reason in SkipReason)


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET /metrics", "127.0.0.1", 200),
        ("GET /metrics?x=1", "localhost", 200),
        ("GET /metrics", "[::1]", 200),
        ("GET /metrics", "evil.example", 404),
        ("GET /metrics", "127.0.0.1.evil.example", 404),
        ("GET /", "127.0.0.1", 404),
        ("GET /metricsx", "127.0.0.1", 404),
        ("POST /metrics", "127.0.0.1", 404),
    ],
)
async def test_only_this_machine_is_answered_and_only_that_question(
    journal, request_line, host, status
):
    opened = Open(journal)
    answer, body = await opened.ask(request_line, host)
    assert answer.split()[1] == str(status)
    assert bool(body) == (status == 200)


async def test_what_was_not_made_durable_is_not_counted(journal):
    class Full:
        def commit(self, batch):
            raise JournalFull("no room")

    opened = Open(journal)
    world = Counted(opened.metrics.journal, a_follower())
    opened.metrics.journal._journal = Full()
    with pytest.raises(JournalFull):
        world.master(done("M1", quantity=10))
    assert not [name for name in await opened.samples() if name.startswith("orders_total")]


@asynccontextmanager
async def running(server):
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.run())
        yield
        task.cancel()


async def test_a_port_that_is_taken_is_told_once_and_holds_nothing_up(journal):
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    opened = Open(journal)
    opened.metrics.server._port = taken.sockets[0].getsockname()[1]
    told = asyncio.Event()
    opened.metrics.server._failed = lambda line: (opened.failed.append(line), told.set())
    async with running(opened.metrics.server):
        await asyncio.wait_for(told.wait(), 5)
    (line,) = opened.failed
    assert "Free it or choose another port. Copying goes on." in line
    taken.close()
