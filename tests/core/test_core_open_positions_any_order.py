"""Open positions that were copied: whatever he does and however they fill, it ends at his share."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values.instruments import round_to_lots
from engine.core.values.market import Product
from tests.core.core_open_positions import (
    NRML,
    answered,
    copy,
    holding,
)
from tests.core.core_world import FATHER, FUTURE, a_follower, done

STEPS = st.lists(st.tuples(st.sampled_from(["exit", "fill"]), st.integers(1, 4)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    lots=st.integers(1, 8), ratio=st.sampled_from(["0.5", "1", "1.5"]), short=st.booleans(),
    steps=STEPS, restarts=st.booleans(),
)  # fmt: skip
def test_whatever_he_exits_since_the_share_is_right_and_never_past_zero(
    lots, ratio, short, steps, restarts
):
    """His exits and the fills of the copied entry in any order: at the end it is his share, whole lots."""
    lot, side, sign = 75, "SELL" if short else "BUY", -1 if short else 1
    world = holding(lots * lot, side, followers=(a_follower(multiplier=ratio),), **NRML)
    whole = round_to_lots(int(lots * lot * Decimal(ratio)), lot)
    assert copy(world).accepted is True
    entry = world.ack() if world.pending else None
    net = lots * lot
    for number, (kind, size) in enumerate(steps):
        units = min(size * lot, net)
        if kind == "exit" and units:
            net -= units
            world.master(done(f"X{number}", "BUY" if short else "SELL", units, **NRML))
        elif kind == "fill" and entry is not None and not world.row(entry).status.is_terminal:
            row = world.row(entry)
            world.fill(entry, min(lot, row.quantity - row.filled_quantity))
        answered(world, sign)
    if restarts:
        world.restart()
        world.log_in(FATHER)
        world.master()
        world.read()
        world.wait(2)
    answered(world, sign)
    if entry is None:
        assert whole == 0
        return
    if not world.row(entry).status.is_terminal:
        world.fill(entry)
    answered(world, sign)
    held = sign * world.ledger(FUTURE, product=Product.NRML).held
    assert -lot < held - net * Decimal(ratio) < lot
    assert held == 0 or net > 0


TRADES = st.lists(st.tuples(st.booleans(), st.integers(-4, 4)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(lots=st.integers(2, 6), ratio=st.sampled_from(["0.5", "1", "1.5"]), trades=TRADES)
def test_whatever_he_trades_since_the_follower_ends_within_a_lot_of_his_share(lots, ratio, trades):
    """He adds, exits, reverses; the copied entry fills whenever it likes."""
    lot = 75
    world = holding(lots * lot, followers=(a_follower(multiplier=ratio),), **NRML)
    copy(world)
    entry, net = world.ack(), lots * lot
    for number, (fills, size) in enumerate(trades):
        if fills and not world.row(entry).status.is_terminal:
            world.fill(entry, min(lot, world.row(entry).remaining_quantity))
        elif size:
            net += size * lot
            side = "BUY" if size > 0 else "SELL"
            world.master(done(f"X{number}", side, abs(size) * lot, **NRML))
        answered(world)
    if not world.row(entry).status.is_terminal:
        world.fill(entry)
    answered(world)
    held = world.ledger(FUTURE, product=Product.NRML).held
    assert abs(held - net * Decimal(ratio)) < lot
    assert held * net >= 0
