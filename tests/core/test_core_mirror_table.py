"""The mirror table, cell by cell: what an order of the master's leads to, under `orders`, `sweep`, `fills`.

The page docs/mirroring.md is made from what the engine does; here stands what it should do.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.core.values.keys import Leg
from engine.core.values.market import OrderStatus, OrderType, Product, Side
from engine.core.values.orders import OrderRow
from engine.core.values.rules import Mirror, Orphan
from tests.core.core_world import World, a_follower, an_order, done
from tests.docs.mirror_actions import MKTP, STOP
from tests.docs.mirror_play import Scene, a_scene, listed, outcome

Act = Callable[[Scene], None]
MODES = (Mirror.ORDERS, Mirror.SWEEP, Mirror.FILLS)
#: Under `fills` nothing rests, so nothing fills ahead of him.
AHEAD = pytest.mark.parametrize("mirror", MODES[:2], ids=[each.value for each in MODES[:2]])
EVERY = pytest.mark.parametrize("mirror", MODES, ids=[each.value for each in MODES])


def rests(scene: Scene, price: int = -20, **changed: object) -> None:
    scene.him(price=price, **changed)


def moved(scene: Scene) -> None:
    rests(scene)
    rests(scene, -30)


def completed(scene: Scene, price: int = -20) -> None:
    rests(scene, price)
    rests(scene, price, filled=10, status="COMPLETE")


def completed_then_exited(scene: Scene) -> None:
    completed(scene)
    scene.wait(1)
    scene.him("X1", "SELL", filled=10, status="COMPLETE")


def completed_then_the_close(scene: Scene) -> None:
    completed(scene)
    scene.wait(3)
    scene.ends_copy()


def cancelled_with_four(scene: Scene) -> None:
    rests(scene, filled=4)
    rests(scene, filled=4, status="CANCELLED")


def rejected_later(scene: Scene) -> None:
    rests(scene)
    rests(scene, status="REJECTED")


RESTS, BAND = "BUY LIMIT 10 at 99", "after 2 s modify to LIMIT 10 at 99.95"
#: (row of the table, action, then the cell of `orders`, of `sweep`, of `fills`). Prices stand at 100, the
#: band is 1 %: of a limit at 99 it ends below the market, of one at 99.5 beyond it.
ENTRY_ROWS: tuple[tuple[str, Act, str, str, str], ...] = (
    ("working LIMIT", rests, RESTS, RESTS, "nothing"),
    ("working LIMIT, modified", moved, *[f"{RESTS}; modify to LIMIT 10 at 98.5"] * 2, "nothing"),
    (
        "working SL", lambda s: s.him(price=40, trigger_price=30, **STOP),
        *["BUY SL 10, trigger 101.5 at 102"] * 2, "nothing",
    ),
    ("partial fill", lambda s: rests(s, filled=4), RESTS, RESTS, "BUY LIMIT 4 at 99.95"),
    ("COMPLETE, beyond the band", completed, RESTS, f"{RESTS}; {BAND}", "BUY LIMIT 10 at 99.95"),
    (
        "COMPLETE, inside the band", lambda s: completed(s, -10), "BUY LIMIT 10 at 99.5",
        "BUY LIMIT 10 at 99.5; after 2 s modify to LIMIT 10 at 100.45", "BUY LIMIT 10 at 100.45",
    ),
    (
        "COMPLETE, then he exits", completed_then_exited, f"{RESTS}; after 1 s cancel",
        f"{RESTS}; after 1 s cancel", "BUY LIMIT 10 at 99.95; after 1 s cancel",
    ),
    (
        "COMPLETE, then the day ends", completed_then_the_close, RESTS, f"{RESTS}; {BAND}",
        "BUY LIMIT 10 at 99.95",
    ),
    ("MARKET", lambda s: s.him(filled=10, status="COMPLETE"), *["BUY MARKET 10"] * 3),
    ("MARKET shown as mktp", lambda s: s.him(**MKTP), *["BUY MARKET 10"] * 3),
    (
        "CANCELLED after 4 of 10", cancelled_with_four, f"{RESTS}; modify to LIMIT 4 at 99",
        f"{RESTS}; modify to LIMIT 4 at 99; after 2 s modify to LIMIT 4 at 99.95",
        "BUY LIMIT 4 at 99.95",
    ),
    (
        "REJECTED at once", lambda s: s.him(status="REJECTED"),
        *["nothing (master's order was rejected)"] * 3,
    ),
    (
        "REJECTED later", rejected_later, f"{RESTS}; cancel", f"{RESTS}; cancel",
        "nothing (master's order was rejected)",
    ),
)  # fmt: skip
CELLS = [
    (row, act, mirror, cell)
    for row, act, *cells in ENTRY_ROWS
    for mirror, cell in zip(MODES, cells, strict=True)
]


def his_limit(filled: int, **changed: object) -> OrderRow:
    return an_order("M1", price=99, filled_quantity=filled, **changed)


def share(mirror: Mirror) -> Scene:
    return a_scene(listed("NSE:SBIN"), Product.MIS, mirror=mirror)


@pytest.mark.parametrize(
    ("row", "act", "mirror", "cell"), CELLS, ids=[f"{row}: {mirror}" for row, _, mirror, _ in CELLS]
)
def test_an_entry_is_mirrored_as_the_table_says(row, act, mirror, cell):
    assert outcome(share(mirror), act) == cell


@pytest.mark.parametrize(
    ("mirror", "limit", "said"),
    [
        (Mirror.ORDERS, -20, False),
        (Mirror.SWEEP, -20, True),
        (Mirror.SWEEP, -10, False),
        (Mirror.FILLS, -20, True),
        (Mirror.FILLS, -10, False),
    ],
)
def test_what_the_market_has_left_behind_rests_at_the_band_and_that_is_said(mirror, limit, said):
    scene = share(mirror)
    outcome(scene, lambda s: completed(s, limit))
    told = scene.world.alerts("the market is beyond its band")
    assert bool(told) is said
    if said:
        assert "rests at 99.95" in told[0].text
        assert scene.world.held() == 0
        assert scene.world.children("M1", Leg.ENTRY)[-1].outstanding == 10
    elif mirror is not Mirror.ORDERS:
        assert scene.world.held() == 10


LADDER = "modify to LIMIT 10 at 99; after {} s modify to LIMIT 10 at 98; a person is asked"
EXIT_CELLS = (
    (Mirror.ORDERS, f"SELL LIMIT 10 at 101; after 1 s modify to MARKET 10; after 6 s {LADDER.format(16)}"),
    (Mirror.SWEEP, f"SELL LIMIT 10 at 101; after 1 s modify to MARKET 10; after 6 s {LADDER.format(16)}"),
    (Mirror.FILLS, f"SELL MARKET 10; after 5 s {LADDER.format(15)}"),
)  # fmt: skip


@pytest.mark.parametrize(("mirror", "cell"), EXIT_CELLS, ids=[each.value for each, _ in EXIT_CELLS])
def test_an_exit_that_he_completed_goes_up_the_ladder_in_every_mode(mirror, cell):
    scene = share(mirror)
    scene.hold()
    scene.market_fills = False

    def act(s: Scene) -> None:
        s.him("X1", "SELL", price=20)
        s.him("X1", "SELL", price=20, filled=10, status="COMPLETE")

    assert outcome(scene, act) == cell
    scene.world.check_journal()


def partly_filled_at_protection(scene: Scene, order_id: str, *, limit: str) -> None:
    """Six of ten fill; Kite shows the rest of a protected MARKET order as a LIMIT at its protection."""
    placed = scene.copy(order_id)
    scene.world.change(placed, order_type=OrderType.LIMIT, price=Decimal(limit))
    scene.fills(order_id, lots=6)


@EVERY
def test_the_rest_of_a_protected_market_entry_stays_at_its_band_and_that_is_said(mirror):
    scene = share(mirror)
    scene.market_fills = False

    def act(s: Scene) -> None:
        s.him(filled=10, status="COMPLETE")
        partly_filled_at_protection(s, "M1", limit="102")

    assert outcome(scene, act) == "BUY MARKET 10"
    assert scene.world.held() == 6
    assert scene.world.alerts("BUY 4 SBIN rests at the broker's protection limit")
    # It goes when he exits, and what has filled is exited.
    scene.him("X1", "SELL", filled=10, status="COMPLETE")
    assert [phrase for _, phrase in scene.marks] == ["BUY MARKET 10", "cancel", "SELL MARKET 6"]
    scene.world.check_journal()


@EVERY
def test_the_rest_of_a_protected_market_exit_goes_up_the_ladder(mirror):
    scene = share(mirror)
    scene.hold()
    scene.market_fills = False

    def act(s: Scene) -> None:
        s.him("X1", "SELL", filled=10, status="COMPLETE")
        partly_filled_at_protection(s, "X1", limit="98")

    assert outcome(scene, act) == (
        "SELL MARKET 10; after 5 s modify to LIMIT 10 at 99; after 15 s modify to LIMIT 10 at 98; "
        "a person is asked"
    )
    assert scene.world.held() == 4
    scene.world.check_journal()


@EVERY
def test_market_where_it_is_refused_is_a_limit_at_the_band(mirror):
    scene = a_scene(listed("NFO:RELIANCE26DEC1540CE"), Product.NRML, mirror=mirror)
    assert outcome(scene, lambda s: s.him(filled=10, status="COMPLETE")) == "BUY LIMIT 10 at 103"
    scene.forget()
    assert outcome(scene, lambda s: s.him("X1", "SELL", filled=10, status="COMPLETE")) == (
        "SELL LIMIT 10 at 97"
    )


@AHEAD
def test_what_filled_beyond_a_cancelled_order_is_kept_and_counted_against_the_next(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(his_limit(4))
    entry = world.ack()
    world.fill(entry, 6)
    world.master(his_limit(4, status=OrderStatus.CANCELLED))
    world.cancelled()
    world.wait(10)
    assert world.held() == 6
    assert not world.pending, "what was too much is never sold back by itself"
    world.master(done("M2"))
    assert world.place().quantity == 8


@AHEAD
@pytest.mark.parametrize("orphan", list(Orphan), ids=lambda each: each.value)
def test_what_is_left_while_he_is_flat_is_closed_after_two_seconds_or_asked(mirror, orphan):
    world = World(a_follower(mirror=mirror, orphan=orphan))
    world.master(his_limit(0))
    entry = world.ack()
    world.fill(entry)
    world.master(his_limit(0, status=OrderStatus.CANCELLED))
    world.wait(1.5)
    assert not world.pending
    world.wait(1)
    if orphan is Orphan.CLOSE:
        sent = world.ack_and_fill()
        assert (sent.side, sent.quantity, sent.order_type) == (Side.SELL, 10, OrderType.MARKET)
        assert world.held() == 0
    else:
        world.wait(60)
        assert not world.pending
        (asked,) = world.alerts("are left while the master is flat")
        assert asked.offer is not None
