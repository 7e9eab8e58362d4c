"""Orders that another copy of the program sent, and their adoption."""

from engine.core.observe.adoption import strangers_view
from engine.core.values import control as c
from engine.core.values.keys import ChildId, Leg, make_tag
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Tag, Venue
from engine.core.values.orders import OrderRow
from tests.core.core_world import FATHER, World


def tag_of(world: World, order_id: str, leg: Leg = Leg.ENTRY, *, generation: int = 0) -> Tag:
    """Return the tag another copy of this installation gives its first order for a master order."""
    assert world.state.trading_day is not None
    return make_tag(
        "K7",
        ChildId(
            trading_day=world.state.trading_day,
            venue=Venue.LIVE,
            follower=FATHER,
            master_order_id=OrderId(order_id),
            leg=leg,
            generation=generation,
        ),
    )


def by_another_copy(
    world: World, tag: str, side: str = "BUY", quantity: int = 10, **changed
) -> OrderRow:
    """Put an order that another copy sent into the father's book; nobody is told yet."""
    status = OrderStatus(changed.pop("status", "COMPLETE"))
    row = OrderRow(
        order_id=OrderId(f"X{len(world.rows[FATHER])}"), status=status, status_text=status.value,
        exchange="NSE", symbol=changed.pop("symbol", "SBIN"), side=Side(side),
        order_type=OrderType.MARKET, product=Product.MIS, quantity=quantity, tag=tag,
        filled_quantity=changed.pop("filled", quantity if status is OrderStatus.COMPLETE else 0),
        placed_at=world.now, updated_at=world.now, **changed,
    )  # fmt: skip
    world.rows[FATHER][row.order_id] = row
    return row


def adopt(world: World) -> c.Reply:
    shown = tuple(each.order_id for each in strangers_view(world.state))
    return world.ask(c.AdoptStrangers(orders=shown))
