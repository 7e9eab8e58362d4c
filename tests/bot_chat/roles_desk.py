"""A desk with an operator and a follower on it, and words that a follower may never read."""

from decimal import Decimal

from msgspec.structs import replace

from bot.chat.commands import COMMANDS
from bot.chat.stopping import OFFER_CANCEL_ENTRIES
from engine.core.chat.story import StoryLine
from engine.core.values.day_report import DayProfit
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.orders import Funds
from engine.core.values.people import Role
from engine.core.values.position_views import AccountPositions
from engine.core.values.views import AccountFunds, AccountLimits, LimitLine
from tests.bot_chat.chat_fakes import FakeDesk
from tests.bot_chat.chat_views import (
    MORNING,
    a_child,
    a_copy,
    a_person,
    a_position,
    a_status,
    a_story,
    an_account,
)
from tests.bot_chat.report_builders import FakeDays, a_report

OPERATOR, FOLLOWER = 5001, 6001
OTHER_WORDS = ("cd5678", "CD5678", "CANARY", "98,765", "43,210", "44,44", "55,55", "master   ok")
FORGED = (
    "r|login master", "r|people invite operator", "r|people revoke 6001", "r|diff cd5678",
    "r|positions cd5678", "r|positions master", "r|report", "r|latency", "r|live", "r|pnl",
    OFFER_CANCEL_ENTRIES, "o|abc|0", "v1|abc|0", "mode_live", "r|",
)  # fmt: skip
#: What the help tells of each command names the master; and so may a refusal.
NAMES = {command.name: command for command in COMMANDS}


def a_desk() -> FakeDesk:
    desk = FakeDesk()
    desk.paired = (
        a_person(OPERATOR, Role.OPERATOR),
        a_person(FOLLOWER, Role.FOLLOWER, "ab1234"),
    )
    desk.view = a_status(
        copying=True,
        since=MORNING,
        accounts=(
            an_account("master", day_pnl=Decimal(4444444)),
            an_account("ab1234", day_pnl=Decimal(123)),
            an_account("cd5678", day_pnl=Decimal(5555555), unresolved=1),
        ),
        problems=("CANARY: cd5678 has a problem",),
        losses=("ab1234: 1 of 2 daily loss", "cd5678: CANARY", "all together: CANARY"),
    )
    mine, other = a_child(), a_child("cd5678", quantity=98765, reason="CANARY")
    desk.show(
        a_copy(
            children=(mine, other),
            quantity=98765,
            filled=98765,
            price=Decimal("43210.5"),
            average_price=Decimal("43210.5"),
        )
    )
    desk.show(a_copy(master_order_id=OrderId("9"), symbol="CANARYX", number=9, children=(other,)))
    desk.held = tuple(
        AccountPositions(
            account=AccountName(name),
            venue=Venue.PAPER,
            read_at=MORNING,
            rows=(a_position(symbol=symbol),),
        )
        for name, symbol in (("master", "CANARYM"), ("ab1234", "SBIN"), ("cd5678", "CANARYC"))
    )
    story = a_story("was sent SBIN.")
    lines = tuple(
        StoryLine(at=MORNING, who=who, text=f"{who} CANARY")
        for who in ("master", "cd5678", "", "Asha")
    )
    desk.stories["214"] = replace(story, lines=(*story.lines, *lines), title="BUY 98,765 CANARY")
    desk.stories["215"] = replace(story, lines=lines)
    desk.spendable = tuple(
        AccountFunds(
            account=AccountName(name), funds=Funds(equity=Decimal(rupees), commodity=Decimal(0))
        )
        for name, rupees in (("master", 4444444), ("ab1234", 123), ("cd5678", 5555555))
    )
    desk.account_limits = tuple(
        AccountLimits(account=AccountName(name), lines=(LimitLine(name="max", limit=limit),))
        for name, limit in (("ab1234", "10"), ("cd5678", "CANARY"))
    )
    report = a_report()
    mine, other = report.followers
    mine = replace(mine, name=AccountName("ab1234"))
    other = replace(other, name=AccountName("cd5678"), profit=DayProfit(rupees=Decimal(5555555)))
    master = DayProfit(rupees=Decimal(4444444))
    desk.days = FakeDays(replace(report, followers=(mine, other), master=master))
    return desk


async def ask_slowly(chat, text: str, *, user: int):
    """Ask as somebody whose thumb is never too quick."""
    chat.clock.forward(seconds=30)
    return await chat.ask(text, user=user)
