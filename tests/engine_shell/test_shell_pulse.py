"""What goes on by itself: ticks, the kill file, the day's instruments, warm connections."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from engine.core.decide import trading_day_of
from engine.core.values import control as c
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import MASTER, Venue
from engine.core.values.orders import Quote
from engine.errors import BrokerUnavailable
from engine.prices import PriceBoard
from engine.pulse import INSTRUMENTS_RETRY_S, KILL_LOOK_S, TICK_S, WARM_LOOK_S, WARM_S, Pulse
from tests.core.core_world import (
    FATHER,
    INSTRUMENTS,
    MORNING,
    MOTHER,
    OWNER,
    World,
    a_follower,
    done,
)
from tests.engine_shell.shell_world import Shell, Switch, settle


class Watching:
    """A feed that only remembers what it is to watch."""

    def __init__(self) -> None:
        self.watched: list[frozenset[int]] = []

    def watch(self, tokens: frozenset[int]) -> None:
        self.watched.append(tokens)


class Dump:
    """A source of instruments that can fail."""

    def __init__(self) -> None:
        self.asked = 0
        self.failing = False

    async def load(self) -> InstrumentBook:
        self.asked += 1
        if self.failing:
            raise BrokerUnavailable("502")
        return INSTRUMENTS


class Warmed:
    def __init__(self, *, never: bool = False) -> None:
        self.times = 0
        self.never = never

    async def warm(self) -> None:
        self.times += 1
        if self.never:
            await asyncio.Event().wait()


class Beating:
    def __init__(self, world: World | None = None) -> None:
        self.shell = Shell(world)
        self.shell.gateway().obliging = True
        self.clock = self.shell.clock
        self.runner = self.shell.runner
        self.board = PriceBoard()
        self.feed = Watching()
        self.dump = Dump()
        self.kill: Switch = self.shell.kill
        self.gateways = {MASTER: Warmed(), FATHER: Warmed()}
        self.listed: list[InstrumentBook] = []
        self.pulse = Pulse(
            self.runner,
            clock=self.clock,
            prices=self.board,
            master=self.feed,
            gateways=self.gateways,
            source=self.dump,
            kill=self.kill,
            listed=self.listed.append,
        )

    @asynccontextmanager
    async def running(self, begin):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(begin())
            await settle()
            yield
            task.cancel()


@pytest.fixture
async def beating() -> Beating:
    return Beating()


async def test_the_prices_of_what_is_open_come_with_each_tick_and_are_subscribed(beating):
    async with beating.running(beating.pulse.tick):
        assert beating.feed.watched == []
        beating.runner.offer(beating.shell.master(done("M1")))
        quote = Quote(
            exchange="NSE", symbol="SBIN", instrument_token=1, last_price=Decimal("101.5")
        )
        beating.board.update([quote])
        await beating.clock.pass_time(TICK_S)
        await beating.clock.pass_time(TICK_S)
        assert beating.feed.watched == [frozenset({1})], "said once, not with every tick"
        assert beating.runner.state.prices["NSE:SBIN"] == Decimal("101.5")


async def test_a_kill_file_made_by_hand_reaches_the_state_and_its_removal_too(beating):
    async with beating.running(beating.pulse.look_at_kill_switch):
        beating.kill.active = True
        await beating.clock.pass_time(KILL_LOOK_S)
        assert beating.runner.state.killed
        batches = len(beating.shell.journal.batches)
        for _ in range(5):
            await beating.clock.pass_time(KILL_LOOK_S)
        assert len(beating.shell.journal.batches) == batches, "told once"
        beating.kill.active = False
        await beating.clock.pass_time(KILL_LOOK_S)
        assert not beating.runner.state.killed


async def test_instruments_are_loaded_once_a_day(beating):
    async with beating.running(beating.pulse.keep_instruments):
        (book,) = beating.listed
        assert (len(book), book.content_hash) == (len(INSTRUMENTS), INSTRUMENTS.content_hash)
        assert book.of_day == MORNING.date()
        assert beating.runner.state.instruments is book
        beating.pulse.session_began()
        await settle()
        assert beating.dump.asked == 1, "a second login of the day needs no second dump"
        await beating.clock.pass_time(24 * 3600)
        beating.pulse.session_began()
        await settle()
        assert beating.dump.asked == 2


async def test_a_dump_that_failed_is_asked_for_again_when_a_session_begins(beating):
    beating.dump.failing = True
    async with beating.running(beating.pulse.keep_instruments):
        assert beating.listed == []
        beating.dump.failing = False
        beating.pulse.session_began()
        await settle()
        assert [len(book) for book in beating.listed] == [len(INSTRUMENTS)]
    assert INSTRUMENTS_RETRY_S <= 5


@pytest.mark.parametrize(("logged_in", "level"), [(True, "WARNING"), (False, "INFO")])
async def test_a_dump_that_goes_on_failing_is_logged_once(beating, caplog, logged_in, level):
    if not logged_in:
        beating.shell.world.lose_session(MASTER)
    beating.dump.failing = True
    pulse = beating.pulse
    with caplog.at_level("INFO", logger="engine.pulse"):
        async with beating.running(pulse.keep_instruments):
            for _ in range(3):
                pulse.session_began()
                await settle()
    assert beating.dump.asked == 4
    assert [r.levelname for r in caplog.records if r.name == "engine.pulse"] == [level]


async def test_row_63_a_new_day_whose_dump_fails_keeps_the_old_one_as_old_and_says_so(beating):
    async with beating.running(beating.pulse.keep_instruments):
        beating.dump.failing = True
        for days in (1, 2):
            await beating.clock.pass_time(24 * 3600)
            beating.pulse.session_began()
            await settle()
            book = beating.runner.state.instruments
            assert len(book) == len(INSTRUMENTS)
            assert book.is_of_before(trading_day_of(beating.clock.now()))
            told = [
                notice.text for notice in beating.shell.notices if "an older one" in notice.text
            ]
            assert len(told) == days, "each morning anew"
            assert "futures and options are not entered" in told[-1]


async def test_row_63_a_dump_loaded_before_it_is_made_is_loaded_again_and_old_until_then(beating):
    async with beating.running(beating.pulse.keep_instruments):
        await beating.clock.pass_time(20.5 * 3600)  # 06:30 of the next day
        beating.pulse.session_began()
        await settle()
        today = trading_day_of(beating.clock.now())
        assert (beating.dump.asked, beating.runner.state.instruments.of_day) == (2, today)
        beating.dump.failing = True
        await beating.clock.pass_time(2.1 * 3600)
        beating.pulse.session_began()
        await settle()
        assert beating.dump.asked > 2
        assert beating.runner.state.instruments.is_of_before(today)
        assert beating.listed[-1] is beating.runner.state.instruments
        beating.dump.failing = False
        beating.pulse.session_began()
        await settle()
        assert beating.runner.state.instruments.of_day == today
        asked = beating.dump.asked
        await beating.clock.pass_time(3600)
        beating.pulse.session_began()
        await settle()
        assert beating.dump.asked == asked


async def test_row_64_a_start_whose_dump_fails_says_that_nothing_is_entered():
    beating = Beating()
    beating.dump.failing = True
    async with beating.running(beating.pulse.keep_instruments):
        for _ in range(3):
            beating.pulse.session_began()
            await settle()
        told = [each.text for each in beating.shell.notices if "nothing is entered" in each.text]
        assert len(told) == 1
        assert "Exits of what is held follow" in told[0]


async def test_connections_are_kept_warm_in_live_and_never_for_the_master(beating):
    async with beating.running(beating.pulse.keep_warm):
        await beating.clock.pass_time(WARM_S)
        assert beating.gateways[FATHER].times == 2
        assert beating.gateways[MASTER].times == 0
        beating.shell.world.lose_session(FATHER)
        await beating.clock.pass_time(WARM_S)
        assert beating.gateways[FATHER].times == 2, "not without a session"


async def test_a_login_in_live_is_warmed_at_once_while_another_still_shakes_hands():
    beating = Beating(World(a_follower(), a_follower("mother")))
    beating.gateways[MOTHER] = Warmed(never=True)
    beating.shell.world.lose_session(FATHER)
    async with beating.running(beating.pulse.keep_warm):
        assert (beating.gateways[FATHER].times, beating.gateways[MOTHER].times) == (0, 1)
        beating.shell.world.log_in(FATHER)
        await beating.clock.pass_time(WARM_LOOK_S)
        assert (beating.gateways[FATHER].times, beating.gateways[MOTHER].times) == (1, 1)


async def test_whoever_is_logged_in_is_warmed_at_once_after_live():
    beating = Beating(World(venue=Venue.PAPER))
    async with beating.running(beating.pulse.keep_warm):
        beating.shell.world.go_live()
        await beating.clock.pass_time(WARM_LOOK_S)
        assert beating.gateways[FATHER].times == 1


async def test_nothing_is_opened_to_the_broker_in_paper():
    beating = Beating(World(venue=Venue.PAPER))
    async with beating.running(beating.pulse.keep_warm):
        await beating.clock.pass_time(WARM_S)
        assert beating.gateways[FATHER].times == 0
        reply = await beating.runner.ask(c.StopCopy(), by=OWNER)
        assert reply.accepted
