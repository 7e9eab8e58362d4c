"""Before open positions are listed the broker is asked what a follower's need together; in LIVE, and in nobody's way."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from bot import positions_margin
from bot.chat.polling import HANDLED_S
from engine.core.values.control import CopyPositions, StopCopy
from engine.core.values.market import AccountName, OrderType, Product, Venue
from engine.core.values.orders import Funds
from engine.core.values.position_views import LegsMargin
from engine.errors import BrokerUnavailable
from tests.bot_chat.chat_server import OWNER, a_chat
from tests.bot_chat.chat_views import MORNING
from tests.bot_chat.test_chat_open_positions import BUTTON, an_entry, found, in_live
from tests.bot_chat.test_desk_inquiries import Reader, a_desk
from tests.core.core_sync import a_position
from tests.core.core_world import FATHER, MOTHER, World, a_follower, done
from tests.core.test_core_open_positions import NRML, began

WIFE = AccountName("wife")


def margin(name: AccountName, needed: int | None, free: int | None, legs: int = 1) -> LegsMargin:
    rupees = [None if each is None else Decimal(each) for each in (needed, free)]
    return LegsMargin(follower=name, legs=legs, needed=rupees[0], free=rupees[1])


async def listed(chat):
    """Return the list that comes after the button of a start."""
    in_live(chat, copying=True)
    chat.desk.codes = {OWNER: MORNING - timedelta(minutes=5)}
    await chat.press(await chat.ask("/start_copy"), BUTTON)
    return await chat.next()


async def test_the_margin_is_shown_and_whoever_it_is_short_for_is_left_out():
    async with a_chat() as chat:
        theirs = replace(an_entry(), follower=WIFE)
        chat.desk.open_positions = found(an_entry(), theirs)
        chat.desk.margins = (
            margin(AccountName("ab1234"), 120_000, 200_000),
            margin(WIFE, 120_000, 90_000, legs=2),
        )
        shown = await listed(chat)
        flat = " ".join(shown.text.split())
        assert "margin ₹1,20,000.00 of ₹2,00,000.00 free" in flat
        assert "1 order proposed" in flat
        assert "wife: 2 orders together need ₹1,20,000.00 and ₹90,000.00 is free: add funds" in flat
        await chat.press(shown, "Confirm positions")
        await chat.next_saying("on their way")
        assert chat.desk.requests(CopyPositions) == [CopyPositions(mark="a", without=(WIFE,))]


async def test_where_it_is_short_for_all_there_is_nothing_to_confirm():
    async with a_chat() as chat:
        chat.desk.open_positions = replace(found(an_entry()), left=())
        chat.desk.margins = (margin(AccountName("ab1234"), 120_000, 90_000),)
        shown = await listed(chat)
        assert "1 order needs ₹1,20,000.00" in shown.text
        assert not shown.buttons


async def test_a_broker_that_does_not_tell_keeps_nothing_back():
    async with a_chat() as chat:
        chat.desk.open_positions = found(an_entry())
        chat.desk.margins = (margin(AccountName("ab1234"), None, None),)
        shown = await listed(chat)
        assert "Kite did not tell it" in " ".join(shown.text.split())
        assert "Confirm positions" in shown.buttons


async def test_a_stop_waits_for_no_answer_about_margin():
    async with a_chat() as chat:
        in_live(chat, copying=True)
        chat.desk.margin_gate = asyncio.Event()
        chat.desk.open_positions = found(an_entry())
        await chat.press(await chat.ask("/start_copy"), BUTTON)
        await chat.next("answerCallbackQuery")
        started = asyncio.get_running_loop().time()
        await chat.ask("/stop")
        assert len(chat.desk.requests(StopCopy)) == 1
        assert chat.desk.stopped_at[0] - started < HANDLED_S / 2
        chat.desk.margin_gate.set()
        await chat.next()


class Margins(Reader):
    """Tells the same margin of everything, or fails; remembers what it was asked."""

    def __init__(self, needed, funds):
        super().__init__(funds)
        self.needed, self.asked = needed, []

    async def basket_margin(self, legs, *, timeout_s):
        self.asked.append(tuple(legs))
        if isinstance(self.needed, Exception):
            raise self.needed
        return Decimal(self.needed)


def money(equity: int, commodity: int = 0) -> Funds:
    return Funds(equity=Decimal(equity), commodity=Decimal(commodity))


def desk_of(world: World, readers):
    desk = a_desk(world.state, readers=readers)
    desk._clock = SimpleNamespace(now=lambda: world.now)
    return desk


def holding(venue: Venue = Venue.LIVE) -> World:
    world = World(a_follower(), a_follower("mother"), copying=False, venue=venue)
    world.master(done("H1", price="90", quantity=75, **NRML), done("H2", "SELL", symbol="SBIN"))
    began(world, 75, 100, NRML)
    world.master_positions(
        a_position(75, NRML["symbol"], exchange="NFO", product=Product.NRML, last_price=Decimal(100)),
        a_position(-10, last_price=Decimal(100)),
    )  # fmt: skip
    world.wait(1)
    return world


async def test_all_legs_of_an_account_are_asked_about_together_at_their_limits():
    world = holding()
    readers = {FATHER: Margins(150, money(200)), MOTHER: Margins(150, money(100, 900))}
    desk = desk_of(world, readers)
    everything = desk.positions_proposal()
    assert len(everything.orders) == 4
    proposal = await desk.affordable_positions()
    assert [each.follower for each in proposal.orders] == [FATHER, FATHER]
    assert proposal.without == (MOTHER,)
    (legs,) = readers[FATHER].asked
    mine = [each for each in everything.orders if each.follower == FATHER]
    assert [(leg.symbol, leg.price, leg.order_type) for leg in legs] == [
        (each.symbol, each.limit, OrderType.LIMIT) for each in mine
    ]
    assert proposal.mark == desk.positions_proposal((MOTHER,)).mark != everything.mark
    request = CopyPositions(mark=proposal.mark, without=proposal.without)
    assert world.ask(request).accepted
    assert {each.follower for each in world.places()} == {FATHER}


@pytest.mark.parametrize("fault", [BrokerUnavailable("Kite answered 502"), TimeoutError()])
async def test_what_fails_is_not_known_and_short_for_nobody(fault):
    world = holding()
    readers = {FATHER: Margins(fault, money(200)), MOTHER: Margins(50, money(100))}
    proposal = await desk_of(world, readers).affordable_positions()
    assert proposal.without == ()
    assert len(proposal.orders) == 4
    assert [each.needed for each in proposal.margins] == [None, 50]


async def test_on_paper_nothing_is_asked():
    world = holding(Venue.PAPER)
    proposal = await desk_of(world, {}).affordable_positions()
    assert proposal.orders
    assert proposal.margins == ()


async def test_a_reader_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(positions_margin, "ANSWER_S", 0.01)
    readers = {FATHER: Margins(50, None), MOTHER: Margins(50, money(100))}
    async with asyncio.timeout(2):
        proposal = await desk_of(holding(), readers).affordable_positions()
    assert len(proposal.orders) == 4
