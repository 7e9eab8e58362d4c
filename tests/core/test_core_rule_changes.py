"""The difference of two sets of rules: every field is seen, nothing is made up, and tighter never asks."""

from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from engine.core.values.market import AccountName, Exchange
from engine.core.values.rule_changes import rule_changes, taken_over
from engine.core.values.rules import (
    FollowerRules,
    LossAction,
    Mirror,
    Orphan,
    Oversize,
    Sizing,
)
from tests.core.core_world import FATHER, a_follower

#: Another value of each field than the one that the settings give by default, and its key.
OTHER = {
    "enabled": (False, "ENABLED"),
    "ask_first": (True, "APPROVE"),
    "multiplier": (Decimal(2), "MULTIPLIER"),
    "segment_multipliers": (MappingProxyType({"NFO": Decimal("0.5")}), "SEGMENT_MULTIPLIERS"),
    "sizing": (Sizing.EQUITY, "SIZING"),
    "fixed_lots": (3, "FIXED_LOTS"),
    "mirror": (Mirror.FILLS, "MIRROR"),
    "segments": (frozenset({Exchange.NSE}), "SEGMENTS"),
    "symbols_allow": (("NSE:SBIN",), "SYMBOLS_ALLOW"),
    "symbols_block": (("NSE:SBIN",), "SYMBOLS_BLOCK"),
    "max_entry_age": (timedelta(seconds=3), "MAX_ENTRY_AGE_S"),
    "max_slippage_bps": (300, "MAX_SLIPPAGE_BPS"),
    "option_slippage_bps": (100, "MAX_SLIPPAGE_BPS"),
    "market_protection": (Decimal(2), "MARKET_PROTECTION"),
    "orphan": (Orphan.ASK, "ORPHAN"),
    "basket_window": (timedelta(), "BASKET__WINDOW_MS"),
    "unwind_bought_leg": (True, "BASKET__SOLD_LEG_REFUSED"),
    "max_daily_loss": (Decimal(1000), "MAX_DAILY_LOSS"),
    "loss_ladder": ((50, 60, 100), "LOSS_LADDER"),
    "loss_action": (LossAction.FLATTEN, "LOSS_ACTION"),
    "loss_trailing": (True, "LOSS_TRAILING"),
    "max_order_quantity": (10, "MAX_ORDER_QUANTITY"),
    "max_order_value": (Decimal(10), "MAX_ORDER_VALUE"),
    "max_position_value": (Decimal(10), "MAX_POSITION_VALUE"),
    "max_open_positions": (10, "MAX_OPEN_POSITIONS"),
    "max_orders_per_day": (10, "MAX_ORDERS_PER_DAY"),
    "oversize": (Oversize.CUT, "OVERSIZE"),
}
LIMITS = st.none() | st.integers(1, 9)


def test_the_table_above_has_every_field_that_can_change():
    assert set(OTHER) == {each.name for each in fields(FollowerRules)} - {
        "name", "user_id",
    }  # fmt: skip


@pytest.mark.parametrize("field", OTHER)
def test_a_field_that_differs_is_one_change_of_its_key_and_is_taken_over(field):
    value, key = OTHER[field]
    old = a_follower()
    new = replace(old, **{field: value})
    (change,) = rule_changes(old, new)
    assert change.key == key
    assert change.old != change.new
    # One value stands for both bands in the settings: they differ from each other only by default.
    if "slippage" not in field:
        assert taken_over(old, new, but=frozenset()) == new
    assert taken_over(old, new, but=frozenset({key})) == old


def test_a_number_written_otherwise_is_no_change():
    old = a_follower(multiplier="0.5", max_daily_loss=Decimal(1000))
    new = a_follower(multiplier="0.50", max_daily_loss=Decimal("1000.00"))
    assert rule_changes(old, new) == ()


@st.composite
def rules(draw: st.DrawFn) -> FollowerRules:
    return FollowerRules(
        name=AccountName("father"), user_id="UFATHER",
        enabled=draw(st.booleans()), ask_first=draw(st.booleans()),
        multiplier=Decimal(draw(st.integers(1, 4))),
        segment_multipliers=draw(
            st.dictionaries(st.sampled_from(["NFO", "NSE"]), st.integers(0, 3).map(Decimal))
        ),
        sizing=draw(st.sampled_from(Sizing)), mirror=draw(st.sampled_from(Mirror)),
        segments=frozenset(draw(st.sets(st.sampled_from(Exchange), min_size=1))),
        symbols_allow=tuple(draw(st.sets(st.sampled_from(["NSE:A", "NSE:B"])))),
        max_order_quantity=draw(LIMITS), max_open_positions=draw(LIMITS),
        basket_window=timedelta(milliseconds=draw(st.integers(0, 3))),
        unwind_bought_leg=draw(st.booleans()), oversize=draw(st.sampled_from(Oversize)),
    )  # fmt: skip


@settings(max_examples=50)
@given(rules(), rules())
def test_no_change_is_no_difference_and_all_of_it_taken_over_leaves_none(old, new):
    assert rule_changes(old, old) == ()
    assert bool(rule_changes(old, new)) is (old != new)
    assert rule_changes(taken_over(old, new, but=frozenset()), new) == ()


@settings(max_examples=50)
@given(rules(), rules())
def test_what_is_taken_over_without_the_looser_keys_is_nowhere_looser(old, new):
    looser = frozenset(each.key for each in rule_changes(old, new) if each.looser)
    held = taken_over(old, new, but=looser)
    assert not [each for each in rule_changes(old, held) if each.looser]
    # And what is still apart afterwards is just that.
    assert {each.key for each in rule_changes(held, new)} == looser
    assert held.name == FATHER
