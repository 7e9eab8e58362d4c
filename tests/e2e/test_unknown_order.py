"""An order nobody can tell of: asked about, the program killed, and settled by a press afterwards."""

from demo.exchange.build import MASTER
from demo.exchange.faults import (
    Answer,
    Booking,
    Meets,
    Operation,
    ReadFault,
    SocketFault,
    SocketTrouble,
    View,
    WriteFault,
)
from tests.e2e.conftest import until

UNITS = 5


async def test_of_two_orders_that_look_alike_the_one_that_was_pressed_is_followed(staged):
    stage = await staged(followers=1)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    father = stage.user_id("father")
    # The answer is lost, no frame tells of the order, and no book shows a tag.
    stage.exchange.faults.add(
        WriteFault(
            meets=Meets(operation=Operation.PLACE), booking=Booking.NOW, answer=Answer.CLOSED
        )
    )
    stage.exchange.faults.add(
        SocketFault(
            meets=Meets(user_id=father, operation=Operation.FRAME, times=None),
            trouble=SocketTrouble.LOSE,
        )
    )
    stage.exchange.faults.add(
        ReadFault(
            meets=Meets(user_id=father, operation=Operation.ORDERS, times=None), view=View.NO_TAGS
        )
    )

    order = {
        "exchange": "NSE",
        "tradingsymbol": "SBIN",
        "transaction_type": "BUY",
        "quantity": UNITS,
        "product": "MIS",
    }
    stage.exchange.place_from_app(MASTER, **order)
    await until(lambda: bool(stage.exchange.ledger.placed()), what="the copy at the exchange")
    # His owner buys by hand a moment later at the very same price: anything else tells them apart.
    ours = stage.exchange.ledger.placed()[0]
    stage.exchange.place_from_app(father, **order, price=ours.fields["price"])
    question = await stage.trader.expect("look just like it", 15.0, since=0)
    labels = [button.text for button in question.buttons]
    assert len(labels) == 3
    assert labels[-1] == "None of them"
    (label,) = [each for each in labels if each.endswith(str(ours.order_id)[-6:])]

    stage.kill_program()
    await stage.stop_program()
    await stage.start_program()
    stage.trader.tap(question, label)
    await until(
        lambda: not stage.trader.message(question.message_id).buttons,
        what=f"the question without buttons\n{stage.tail_of_log()}",
    )
    assert "is followed as the copy" in stage.trader.message(question.message_id).text
    stage.trader.tap_data(question, question.buttons[0].data)
    await until(
        lambda: any("Already chosen" in toast.text for toast in stage.trader.toasts()),
        what="the second press being told",
    )
    assert len(stage.exchange.ledger.order_writes()) == 1, "it was placed once"

    # It is ours from here on: his exit takes it along, and what was bought by hand stays.
    stage.exchange.place_from_app(MASTER, **{**order, "transaction_type": "SELL"})
    await until(
        lambda: stage.exchange.net_positions(father) == {("NSE", "SBIN", "MIS"): UNITS},
        what=f"the exit of the copy alone\n{stage.tail_of_log()}",
    )
