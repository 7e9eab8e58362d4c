"""Books that cannot be believed and sockets that misbehave: still one copy of each order."""

import pytest

from demo.exchange.build import MASTER
from demo.exchange.faults import Meets, Operation, ReadFault, SocketFault, SocketTrouble, View
from tests.e2e.conftest import until
from tests.faults.conftest import (
    FATHER,
    MOTHER,
    master_trades,
    net,
    requests,
    until_held,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOTH = (FATHER, MOTHER)


def masters_frames(trouble: SocketTrouble, **changed) -> SocketFault:
    return SocketFault(
        meets=Meets(user_id=MASTER, operation=Operation.FRAME, times=None),
        trouble=trouble,
        **changed,
    )


async def there_and_back(stage, symbol: str) -> None:
    """Let the master buy and sell, and see both copied once by each follower."""
    for side, units in (("BUY", 5), ("SELL", 0)):
        master_trades(stage, side, symbol)
        for name in BOTH:
            await until_held(stage, name, symbol, units)
    for name in BOTH:
        assert [r.fields["transaction_type"] for r in requests(stage, name, symbol)] == [
            "BUY",
            "SELL",
        ]


async def test_doubled_frames_of_the_master_make_one_order(stage):
    stage.exchange.faults.add(masters_frames(SocketTrouble.DOUBLE))
    await there_and_back(stage, "RELIANCE")


async def test_frames_in_the_wrong_order_make_one_order(stage):
    everyone = SocketFault(
        meets=Meets(operation=Operation.FRAME, times=None), trouble=SocketTrouble.SWAP
    )
    stage.exchange.faults.add(everyone)
    await there_and_back(stage, "INFY")


async def test_frames_that_never_arrive_are_made_up_for_by_polling(stage):
    stage.exchange.faults.add(
        SocketFault(meets=Meets(operation=Operation.FRAME, times=None), trouble=SocketTrouble.LOSE)
    )
    await there_and_back(stage, "SBIN")


async def meet(stage, *faults: ReadFault) -> None:
    """Put read faults in force and wait until each has struck once."""
    struck = len(stage.exchange.faults.struck)
    stage.exchange.faults.add(*faults)
    await until(
        lambda: len(stage.exchange.faults.struck) >= struck + len(faults),
        what="reads that met the faults",
    )


async def test_books_and_positions_that_come_back_empty_or_halved_sell_nothing_and_cut_no_exit(
    stage,
):
    master_trades(stage, "BUY", "TCS")
    for name in BOTH:
        await until_held(stage, name, "TCS", 5)
    positions = Meets(user_id="FA0001", operation=Operation.POSITIONS)
    await meet(stage, ReadFault(meets=positions))  # a true one first: it shows the holding
    placed = len(stage.exchange.ledger.placed())
    books = [
        ReadFault(meets=Meets(user_id=user, operation=Operation.ORDERS, nth=nth), view=view)
        for user, nth, view in (
            (MASTER, 1, View.EMPTY),
            (MASTER, 2, View.PARTIAL),
            ("FA0001", 1, View.EMPTY),
            ("FA0002", 1, View.PARTIAL),
        )
    ]
    await meet(stage, *books, ReadFault(meets=positions, view=View.EMPTY))
    assert len(stage.exchange.ledger.placed()) == placed
    assert net(stage, FATHER, "TCS") == net(stage, MOTHER, "TCS") == 5
    master_trades(stage, "SELL", "TCS")
    for name in BOTH:
        await until_held(stage, name, "TCS", 0)
        assert len(requests(stage, name, "TCS")) == 2


async def test_a_socket_that_closes_is_opened_again_and_nothing_is_missed(stage):
    for socket in stage.exchange.sockets.open_for(MASTER):
        stage.exchange.sockets.break_off(socket)
    await there_and_back(stage, "HDFCBANK")
    await until(lambda: bool(stage.exchange.sockets.open_for(MASTER)), what="a socket again")


async def test_a_half_open_socket_does_not_stop_copying(stage):
    (before,) = stage.exchange.sockets.open_for(MASTER)
    before.silent = True
    await there_and_back(stage, "M&M")
    # No heartbeat: the program leaves the dead connection by itself.
    await until(
        lambda: (
            before not in stage.exchange.sockets.open_for(MASTER)
            and bool(stage.exchange.sockets.open_for(MASTER))
        ),
        seconds=12,
        what="another socket in the place of the silent one",
    )
