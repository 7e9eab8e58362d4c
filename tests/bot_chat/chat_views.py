"""What the chat shows, as the engine would hand it out: cards, orders, alerts, people."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from engine.core.chat.story import Story, StoryLine, Subject
from engine.core.values.copy_view import ChildState, ChildView, CopyView
from engine.core.values.market import (
    IST,
    MASTER,
    AccountName,
    OrderId,
    OrderType,
    Product,
    Side,
    Venue,
)
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.people import PersonView, Role
from engine.core.values.position_views import PositionView
from engine.core.values.views import AccountView, CheckLevel, CheckLine, SessionState, StatusView

MORNING = datetime(2026, 11, 23, 9, 31, 4, tzinfo=IST)
OK_CHECKS = (CheckLine(level=CheckLevel.OK, text="master feed, tick 0.4 s ago"),)


def an_account(name: str, **changes: object) -> AccountView:
    view = AccountView(
        name=AccountName(name),
        user_id=name.upper(),
        session=SessionState.OK,
        open_positions=3,
        day_pnl=Decimal("11980.4"),
        lag_p95_ms=None if name == MASTER else 142,
    )
    return replace(view, **changes)


def a_status(**changes: object) -> StatusView:
    view = StatusView(
        venue=Venue.PAPER,
        copying=False,
        since=None,
        armed_until=None,
        killed=False,
        stream_up=True,
        book_age_s=0.4,
        last_copy_at=None,
        resting_entries=0,
        accounts=(an_account("master"), an_account("ab1234"), an_account("cd5678")),
    )
    return replace(view, **changes)


def a_child(follower: str = "ab1234", **changes: object) -> ChildView:
    view = ChildView(
        follower=AccountName(follower),
        state=ChildState.FILLED,
        side=Side.BUY,
        quantity=75,
        filled=75,
        average_price=Decimal("112.45"),
        lag_ms=138,
        slippage_bps=4,
    )
    return replace(view, **changes)


def a_copy(**changes: object) -> CopyView:
    view = CopyView(
        venue=Venue.LIVE,
        number=214,
        master_order_id=OrderId("250000000000214"),
        at=MORNING,
        exchange="NFO",
        symbol="NIFTY25NOV24500CE",
        side=Side.BUY,
        product=Product.NRML,
        order_type=OrderType.MARKET,
        quantity=75,
        filled=75,
        price=None,
        average_price=Decimal("112.40"),
        status="COMPLETE",
        children=(a_child(),),
    )
    return replace(view, **changes)


def a_position(**changes: object) -> PositionView:
    view = PositionView(
        exchange="NSE",
        symbol="M&M",
        product=Product.MIS,
        net=75,
        copied=75,
        average_price=Decimal("112.45"),
        last_price=Decimal("113.00"),
        pnl=Decimal("41.25"),
    )
    return replace(view, **changes)


def a_story(*texts: str, who: str = "ab1234", **changes: object) -> Story:
    lines = tuple(
        StoryLine(at=MORNING + timedelta(milliseconds=1 + number), who=who, text=text)
        for number, text in enumerate(texts)
    )
    view = Story(asked="214", subject=Subject.MASTER_ORDER, title="master order 25", lines=lines)
    return replace(view, **changes)


def an_alert(notice_id: int = 1, **changes: object) -> Notice:
    notice = Notice(
        notice_id=notice_id,
        at=MORNING,
        venue=Venue.LIVE,
        kind=NoticeKind.ALERT,
        severity=Severity.ERROR,
        topic="engine",
        text="REJECTED · SELL SBIN 50 · Insufficient funds",
    )
    return replace(notice, **changes)


def a_card(notice_id: int = 1, order_id: str = "250000000000214") -> Notice:
    return Notice(
        notice_id=notice_id,
        at=MORNING,
        venue=Venue.LIVE,
        kind=NoticeKind.CARD,
        severity=Severity.INFO,
        topic=f"copy:live:{order_id}",
        master_order_id=OrderId(order_id),
    )


def a_person(user_id: int, role: Role, account: str | None = None, **changes: object) -> PersonView:
    view = PersonView(
        user_id=user_id,
        name=f"P{user_id}",
        role=role,
        account=AccountName(account) if account else None,
        account_id=account.upper() if account else "",
        paired_at=MORNING,
        by="Asha",
    )
    return replace(view, **changes)
