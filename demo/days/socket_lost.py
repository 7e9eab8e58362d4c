"""The master's socket goes silent, then breaks off: his order book is read, nothing is lost."""

import random

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
    Strike,
    UntilCopied,
)
from demo.exchange.build import MASTER
from demo.exchange.faults import Meets, Operation, SocketFault, SocketTrouble
from demo.exchange.instruments import Instrument

#: Enough refused upgrades that the socket stays away for most of the scene.
_REFUSED_UPGRADES = 4
_BEAT = Meets(user_id=MASTER, operation=Operation.BEAT)


def socket_lost(listed: Listed, rng: random.Random) -> Day:
    """Return the day of the lost socket."""
    reliance, held = listed.share("RELIANCE"), 20 * rng.randint(3, 6)
    infy, dear = listed.share("INFY"), 2 * rng.randint(10, 20)
    return Day(
        name="socket-lost",
        title="the master's socket half-open, then closed: polling finds every order",
        family=Family(),
        scenes=(
            market_order(reliance, held),
            Scene(
                title="The socket goes silent",
                caption="Half-open: no frame, no heartbeat, no close. His order book is read once a second.",
                steps=(
                    Strike(
                        SocketFault(meets=_BEAT, trouble=SocketTrouble.SILENT),
                        "the master's socket goes silent",
                    ),
                    Beat(2),
                    Order(label="silent", side=BUY, instrument=infy.key, quantity=dear),
                    Settle(4),
                    Order(
                        label="silent out", side=SELL, instrument=reliance.key, quantity=held // 2
                    ),
                    Settle(5),
                ),
            ),
            _resting_meanwhile(listed.share("SBIN"), 2 * rng.randint(20, 40)),
            Scene(
                title="The socket breaks off",
                caption="Closed, and not let in again for a while. Copies come a second later, not never.",
                steps=(
                    Strike(
                        SocketFault(
                            meets=Meets(
                                user_id=MASTER, operation=Operation.CONNECT,
                                times=_REFUSED_UPGRADES,
                            ),
                            trouble=SocketTrouble.REFUSE,
                            error=(429, "NetworkException", "Too many requests"),
                        ),
                        "new sockets of the master are refused",
                    ),
                    Strike(
                        SocketFault(meets=_BEAT, trouble=SocketTrouble.CLOSE),
                        "the master's socket breaks off",
                    ),
                    Beat(2.5),
                    Order(
                        label="closed", side=BUY, instrument=listed.share("TCS").key,
                        quantity=2 * rng.randint(5, 15),
                    ),
                    Settle(4),
                    Order(label="closed out", side=SELL, instrument=infy.key, quantity=dear // 2),
                    Settle(6),
                ),
            ),
            all_out(beats=7),
        ),
    )  # fmt: skip


def _resting_meanwhile(row: Instrument, quantity: int) -> Scene:
    return Scene(
        title="Placed and taken back unseen",
        caption="A limit, and its end, in the dark: the copies come and go a second later.",
        steps=(
            Pin(row.key, near(row)),
            Order(
                label="dark", side=BUY, instrument=row.key, quantity=quantity, price=near(row, -40)
            ),
            UntilCopied("dark"),
            Beat(4),
            Cancel("dark"),
            Settle(5),
            LetGo(row.key),
        ),
    )
