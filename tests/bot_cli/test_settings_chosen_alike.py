"""A value set from the chat makes the same rules as the same text in .env, and the same fault."""

import re
from pathlib import Path

import pytest

from bot.settings.chosen import SETTINGS, checked
from bot.settings.settings import load_settings
from engine.core.values.settable import OF_FOLLOWER
from tests.bot_cli.cli_builders import VALID


def rules_by_env(texts: dict[str, str]):
    values = {**VALID, **{f"FOLLOWERS__ASHA__{key}": text for key, text in texts.items()}}
    return load_settings(values, folder=Path("/"), open_secret=str).followers[0].rules


TEXTS = {
    "ENABLED": ["true", "FALSE"],
    "APPROVE": ["ask", "Auto"],
    "MULTIPLIER": ["0.5", "2"],
    "SEGMENT_MULTIPLIERS": ['{"NFO": "0.5", "MCX": 0}', "{}"],
    "SIZING": ["equity", "FIXED_LOTS"],
    "FIXED_LOTS": ["3"],
    "MIRROR": ["fills"],
    "SEGMENTS": ["NSE,nfo", "MCX , NSE"],
    "SYMBOLS_ALLOW": ["nfo:nifty*, NSE:M&M"],
    "SYMBOLS_BLOCK": ["NSE:SBIN"],
    "MAX_ORDER_QUANTITY": ["10", "none", "off"],
    "MAX_ORDER_VALUE": ["10.5"],
    "MAX_POSITION_VALUE": ["200000"],
    "MAX_OPEN_POSITIONS": ["5"],
    "MAX_ORDERS_PER_DAY": ["5"],
    "MAX_DAILY_LOSS": ["25000", "None"],
    "OVERSIZE": ["CUT"],
    "LOSS_ACTION": ["flatten"],
    "LOSS_TRAILING": ["True"],
    "LOSS_LADDER": ["50, 60,100"],
    "MAX_ENTRY_AGE_S": ["30"],
    "MAX_SLIPPAGE_BPS": ["50", "off"],
    "MARKET_PROTECTION": ["-1", "2.5"],
    "ORPHAN": ["ask"],
}
CASES = [(key, text) for key, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("key", "text"), CASES)
def test_the_same_text_makes_the_same_rules(key, text):
    plain, by_env = rules_by_env({}), rules_by_env({key: text})
    assert OF_FOLLOWER[key].put(plain, checked(key, text)) == by_env


def test_every_key_is_compared():
    assert set(TEXTS) == set(OF_FOLLOWER)


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("MULTIPLIER", "0", "0 is not above 0 - correct it"),
        ("MULTIPLIER", "two", "'two' is not a number like 1 or 0.5 - correct it"),
        ("ENABLED", "yes", "'yes' is neither true nor false - write one of them"),
        ("MIRROR", "half", "'half' is not one of orders, sweep, fills"),
        ("LOSS_LADDER", "100,70,85", "is not three rising percentages - write e.g. 70,85,100"),
        ("SYMBOLS_BLOCK", "SBIN", "'SBIN' is not EXCHANGE:SYMBOL - write e.g. NFO:NIFTY*"),
    ],
)
def test_the_same_fault_is_told(key, text, said):
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        checked(key, text)
    assert str(caught.value) == said


def test_amounts_may_be_written_as_people_do():
    assert checked("MAX_DAILY_LOSS", "₹2,50,000") == "250000"
    assert checked("LOSS_LADDER", "70,85,100") == "70,85,100"
    assert checked("SEGMENTS", "NSE,NFO") == "NSE,NFO"
    assert "MAX_DAILY_LOSS" in SETTINGS
