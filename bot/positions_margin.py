"""The margin of open positions that are offered to be copied: all of a follower's legs together, asked before they are listed."""

import asyncio
from collections.abc import Mapping, Sequence

from engine.core.risk.scale import amount_of
from engine.core.values.margins import MarginLeg
from engine.core.values.market import AccountName, Exchange, OrderType
from engine.core.values.position_views import LegsMargin, SyncOrder
from engine.core.values.rules import Sizing
from engine.errors import BrokerError
from engine.ports import AccountReader

#: Seconds for each of the two reads of an account. A person waits for the list, no order does.
ANSWER_S = 3.0


async def margins_of(
    orders: Sequence[SyncOrder], readers: Mapping[AccountName, AccountReader]
) -> tuple[LegsMargin, ...]:
    """Return what each follower's orders need together, and what is free for them.

    MCX has funds of its own: its legs are asked about apart. What Kite does not tell is None.
    """
    groups: dict[tuple[AccountName, bool], list[SyncOrder]] = {}
    for order in orders:
        groups.setdefault((order.follower, order.exchange == Exchange.MCX), []).append(order)
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(_margin_of(name, legs, readers[name]))
            for (name, _), legs in groups.items()
        ]
    return tuple(each.result() for each in asked)


async def _margin_of(
    name: AccountName, orders: Sequence[SyncOrder], reader: AccountReader
) -> LegsMargin:
    needed = free = None
    try:
        async with asyncio.timeout(2 * ANSWER_S):
            needed = await reader.basket_margin([_leg(each) for each in orders], timeout_s=ANSWER_S)
            free = amount_of(await reader.funds(), Sizing.FREE_MARGIN, orders[0].exchange)
    except (TimeoutError, BrokerError):
        # The broker's own answer to the orders is still there.
        pass
    return LegsMargin(follower=name, legs=len(orders), needed=needed, free=free)


def _leg(order: SyncOrder) -> MarginLeg:
    return MarginLeg(
        exchange=order.exchange,
        symbol=order.symbol,
        side=order.side,
        product=order.product,
        order_type=OrderType.MARKET if order.limit is None else OrderType.LIMIT,
        quantity=order.quantity,
        price=order.limit,
    )
