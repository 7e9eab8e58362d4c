"""The broker's answers leave doubt: lost, timed out, 5xx, late. Nothing is ever sent twice.

The followers' sockets tell nothing on this day, so that every doubt is settled from the order book.
"""

import random
from collections.abc import Callable

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed, near
from demo.days.scenes import BUY, SELL, all_out, market_order
from demo.days.steps import (
    Beat,
    Cancel,
    LetGo,
    Order,
    Pin,
    Settle,
    Step,
    Strike,
    UntilCopied,
)
from demo.exchange.build import follower_id
from demo.exchange.faults import (
    Meets,
    Operation,
    SocketFault,
    SocketTrouble,
    WriteFault,
    answer_lost,
    late_in_book,
    server_error,
    timed_out,
)
from demo.exchange.instruments import Instrument

_FATHER, _MOTHER, _BROTHER = (follower_id(number) for number in (1, 2, 3))
#: Seconds after which a timed-out order was seen to land. Source: Kite forum comment 35732 has 8.
_LANDS_S = 4.0
_HIDDEN_S = 4.0


def broker_ambiguous(listed: Listed, rng: random.Random) -> Day:
    """Return the day of doubtful answers."""

    def bought(label: str, symbol: str) -> Order:
        row = listed.share(symbol)
        return Order(label=label, side=BUY, instrument=row.key, quantity=2 * rng.randint(10, 30))

    reliance, held = listed.share("RELIANCE"), 20 * rng.randint(3, 6)
    return Day(
        name="broker-ambiguous",
        title="answers lost, timed out, 5xx, late in the book: never twice, never lost",
        family=Family(),
        scenes=(
            market_order(reliance, held),
            Scene(
                title="The answer is lost",
                caption="Father's order is taken, the answer never comes. It is looked for, not sent again.",
                steps=(
                    *(Strike(_deaf(each)) for each in (_FATHER, _MOTHER, _BROTHER)),
                    _strike(_FATHER, answer_lost, "father's answer is lost"),
                    bought("lost", "INFY"),
                    Settle(7),
                ),
            ),
            Scene(
                title="400: timed out",
                caption="A refusal that is none: mother's order lands seconds later, and is found.",
                steps=(
                    _strike(
                        _MOTHER,
                        lambda meets: timed_out(meets, booked_after_s=_LANDS_S),
                        "mother's order times out and lands later",
                    ),
                    bought("timed out", "SBIN"),
                    Settle(9),
                ),
            ),
            Scene(
                title="502, and booked",
                caption="Brother's order is answered by a proxy's error page. It is in the book all the same.",
                steps=(
                    _strike(
                        _BROTHER,
                        lambda meets: server_error(meets, booked=True),
                        "brother's order is answered 502",
                    ),
                    bought("502", "TCS"),
                    Settle(6),
                ),
            ),
            Scene(
                title="Late in the book",
                caption="Taken, and missing from the book for seconds: a missing row proves nothing.",
                steps=(
                    _strike(
                        _FATHER,
                        lambda meets: late_in_book(meets, seconds=_HIDDEN_S),
                        "father's order is late in the book",
                    ),
                    bought("late", "HDFCBANK"),
                    Settle(6),
                ),
            ),
            _lost_cancel(listed.share("M&M"), 2 * rng.randint(5, 15)),
            Scene(
                title="An exit in doubt",
                caption="Even an exit is not sent twice: it is found in the book, and that is that.",
                steps=(
                    _strike(_MOTHER, answer_lost, "mother's exit has no answer"),
                    Order(label="half out", side=SELL, instrument=reliance.key, quantity=held // 2),
                    Settle(7),
                ),
            ),
            all_out(beats=6),
        ),
    )


def _deaf(user_id: str) -> SocketFault:
    """Return a fault that leaves only the order book to find out from: no frame arrives all day."""
    meets = Meets(user_id=user_id, operation=Operation.FRAME, times=None)
    return SocketFault(meets=meets, trouble=SocketTrouble.LOSE)


def _strike(user_id: str, fault: Callable[[Meets], WriteFault], note: str) -> Strike:
    return Strike(fault(Meets(user_id=user_id, operation=Operation.PLACE)), note)


def _lost_cancel(row: Instrument, quantity: int) -> Scene:
    cancel = Meets(user_id=_BROTHER, operation=Operation.CANCEL)
    steps: tuple[Step, ...] = (
        Pin(row.key, near(row)),
        Order(
            label="taken back",
            side=BUY,
            instrument=row.key,
            quantity=quantity,
            price=near(row, -40),
        ),
        UntilCopied("taken back"),
        Beat(2),
        Strike(answer_lost(cancel), "the answer to brother's cancel is lost"),
        Cancel("taken back"),
        Settle(5),
        LetGo(row.key),
    )
    return Scene(
        title="A cancel in doubt",
        caption="The answer to brother's cancel is lost. The book says what became of it.",
        steps=steps,
    )
