"""What a master may do, as scripts: each row of docs/mirroring.md is one of these."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.core.values.market import OrderType, Validity, Variety
from tests.docs.mirror_play import Scene

Act = Callable[[Scene], None]

MKTP = {"price": 40, "order_type": OrderType.LIMIT, "tags": ("mktp", "mktp:2.00")}
STOP = {"order_type": OrderType.SL, "status": "TRIGGER PENDING"}
STOP_MARKET = {"order_type": OrderType.SL_M, "status": "TRIGGER PENDING"}


def resting(scene: Scene, **changed: object) -> None:
    """Let an order of his rest below the market, and its copy too."""
    scene.him(price=-20, **changed)


def _cancels_before_the_answer(scene: Scene) -> None:
    scene.takes = False
    resting(scene)
    resting(scene, status="CANCELLED")
    scene.answer()


def _modifies_storm(scene: Scene) -> None:
    resting(scene)
    for step in range(1, 28):
        scene.him(price=-20 - step)
        scene.wait(1)


def _partly_then_cancelled(scene: Scene) -> None:
    resting(scene, filled=4)
    resting(scene, filled=4, status="CANCELLED")


def _lowered_below_filled(scene: Scene) -> None:
    resting(scene)
    scene.fills(lots=6)
    scene.him(price=-20, lots=4)


def _completed_copy_unfilled(scene: Scene) -> None:
    resting(scene)
    resting(scene, filled=10, status="COMPLETE")


def _completed_with_the_copy(scene: Scene) -> None:
    resting(scene)
    scene.fills()
    resting(scene, filled=10, status="COMPLETE")


def _ended_by_the_close(scene: Scene) -> None:
    resting(scene)
    scene.ends_copy()
    resting(scene, status="CANCELLED")


def _stop_moved(scene: Scene) -> None:
    scene.him(price=40, trigger_price=30, **STOP)
    scene.him(price=50, trigger_price=40, **STOP)


def _stop_filled_copy_not(scene: Scene) -> None:
    scene.him(price=40, trigger_price=30, **STOP)
    scene.him(price=40, trigger_price=30, order_type=OrderType.SL, filled=10, status="COMPLETE")


def _cancelled_but_the_copy_had_filled(scene: Scene) -> None:
    resting(scene)
    scene.fills()
    resting(scene, status="CANCELLED")


def _iceberg(scene: Scene) -> None:
    for leg in ("L1", "L2"):
        scene.him(leg, lots=5, price=-20, variety=Variety.ICEBERG)
        scene.fills(leg)
        scene.him(leg, lots=5, price=-20, variety=Variety.ICEBERG, filled=5, status="COMPLETE")


ENTRIES: Mapping[str, Act] = MappingProxyType(
    {
        "MARKET": lambda s: s.him(filled=10, status="COMPLETE"),
        "MARKET, shown by Kite as LIMIT `mktp`": lambda s: s.him(**MKTP),
        "LIMIT that rests": resting,
        "… he moves the price": lambda s: (resting(s), s.him(price=-30))[-1],
        "… he raises the quantity": lambda s: (resting(s), s.him(price=-20, lots=15))[-1],
        "… he lowers the quantity": lambda s: (resting(s), s.him(price=-20, lots=6))[-1],
        "… he lowers it to 4, the copy has 6": _lowered_below_filled,
        "… he makes it MARKET": lambda s: (resting(s), s.him(**MKTP))[-1],
        "… he changes it 27 times": _modifies_storm,
        "… he gets 4 of 10": lambda s: resting(s, filled=4),
        "… he gets 4 of 10 and cancels the rest": _partly_then_cancelled,
        "… he cancels it": lambda s: (resting(s), resting(s, status="CANCELLED"))[-1],
        "… he cancels before the copy was answered": _cancels_before_the_answer,
        "… he cancels it, the copy has filled": _cancelled_but_the_copy_had_filled,
        "… it fills, the copy does not": _completed_copy_unfilled,
        "… it fills, and so does the copy": _completed_with_the_copy,
        "… RMS rejects it after it was pending": lambda s: (
            resting(s),
            resting(s, status="REJECTED"),
        )[-1],
        "… the close ends both": _ended_by_the_close,
        "LIMIT IOC: 4 of 10 filled, the rest gone": lambda s: resting(
            s, filled=4, status="CANCELLED", validity=Validity.IOC
        ),
        "LIMIT TTL that rests": lambda s: resting(s, validity=Validity.TTL),
        "SL that waits": lambda s: s.him(price=40, trigger_price=30, **STOP),
        "… he moves trigger and price": _stop_moved,
        "… it is triggered and fills, the copy does not": _stop_filled_copy_not,
        "SL-M that waits": lambda s: s.him(trigger_price=30, **STOP_MARKET),
        "iceberg of two legs": _iceberg,
        "after-market order, once the exchange has it": lambda s: resting(s, variety=Variety.AMO),
        "cover order": lambda s: resting(s, variety=Variety.CO),
        "auction order": lambda s: resting(s, variety=Variety.AUCTION),
        "rejected at once": lambda s: s.him(status="REJECTED"),
    }
)


def _exit(scene: Scene, **changed: object) -> None:
    scene.him("X1", "SELL", **changed)


def _exit_filled_copy_not(scene: Scene) -> None:
    _exit(scene, price=20)
    _exit(scene, price=20, filled=10, status="COMPLETE")


def _exit_with_the_copy(scene: Scene) -> None:
    _exit(scene, price=20)
    scene.fills("X1")
    _exit(scene, price=20, filled=10, status="COMPLETE")


def _pair(scene: Scene) -> None:
    _exit(scene, price=20)
    scene.him("S1", "SELL", price=-40, trigger_price=-30, **STOP)


def _pair_target_filled(scene: Scene) -> None:
    _pair(scene)
    scene.fills("X1")
    _exit(scene, price=20, filled=10, status="COMPLETE")
    scene.him(
        "S1", "SELL", price=-40, trigger_price=-30, order_type=OrderType.SL, status="CANCELLED"
    )


def _exit_that_does_not_fill(scene: Scene) -> None:
    scene.market_fills = False
    _exit(scene, filled=10, status="COMPLETE")


def _reversal(scene: Scene) -> None:
    _exit(scene, lots=15, filled=15, status="COMPLETE")


def _he_gets_part_of_a_resting_exit(scene: Scene) -> None:
    _exit(scene, price=20)
    scene.fills("X1", lots=5)
    _exit(scene, price=20, filled=5)


EXITS: Mapping[str, Act] = MappingProxyType(
    {
        "MARKET exit of all": lambda s: _exit(s, filled=10, status="COMPLETE"),
        "MARKET exit of half": lambda s: _exit(s, lots=5, filled=5, status="COMPLETE"),
        "MARKET exit, the copy does not fill": _exit_that_does_not_fill,
        "LIMIT exit that rests": lambda s: _exit(s, price=20),
        "… he moves the price": lambda s: (_exit(s, price=20), _exit(s, price=30))[-1],
        "… he cancels it": lambda s: (
            _exit(s, price=20),
            _exit(s, price=20, status="CANCELLED"),
        )[-1],
        "… 5 of 10 fill on both sides": _he_gets_part_of_a_resting_exit,
        "… it fills, the copy does not": _exit_filled_copy_not,
        "… it fills, and so does the copy": _exit_with_the_copy,
        "SL exit that waits": lambda s: s.him("X1", "SELL", price=-40, trigger_price=-30, **STOP),
        "SL-M exit that waits": lambda s: s.him("X1", "SELL", trigger_price=-30, **STOP_MARKET),
        "target and stop, both rest": _pair,
        "… the target fills, he cancels the stop": _pair_target_filled,
        "he sells 15 of his 10: out and short": _reversal,
    }
)
