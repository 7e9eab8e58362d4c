"""A value that /set has kept and this version cannot read: the program starts with that of .env, and says so."""

import asyncio
import logging
from decimal import Decimal

import pytest

from bot.app.process import _begin
from bot.app.wiring import App
from bot.kill_switch import KillSwitch
from bot.settings.settings import load_settings
from bot.surroundings import Surroundings
from engine.clock import SystemClock
from engine.core.chat.set_asks import proposed
from engine.core.state.chosen import ALL, configure
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.events import Faulted
from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import TOTAL_LOSS, Chosen
from storage.journal import Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import NOW, VALID

ASHA = AccountName("asha")


def set_before(follower: AccountName, key: str, text: str) -> r.SettingChosen:
    return r.SettingChosen(
        follower=follower, key=key, text=text, old="1", new=text, user_id=42, name="Asha", at=NOW
    )


async def test_a_start_goes_on_with_what_the_settings_say_and_tells_so(tmp_path, caplog):
    (tmp_path / "var").mkdir(mode=0o700)
    journal = Journal.open(tmp_path / "var")
    was = Faulted(topic="engine", text="an older version ran", at=NOW)
    kept = [
        set_before(ASHA, "MULTIPLIER", "two"),
        set_before(ASHA, "FIXED_LOTS", "3"),
        set_before(ALL, TOTAL_LOSS, "much"),
    ]
    journal.commit([(was, kept)])
    values = {**VALID, "FOLLOWERS__ASHA__MULTIPLIER": "0.5", "DATA_DIR": "var", "KEY_FILE": "key"}
    settings = load_settings(values, folder=tmp_path, open_secret=str)
    vault = Vault.create(tmp_path / "key")
    with caplog.at_level(logging.ERROR):
        switch = KillSwitch(tmp_path / "kill")
        app = App(
            settings,
            vault,
            switch,
            journal,
            clock=SystemClock(),
            around=Surroundings(machine=lambda _now: (), reread=lambda: settings),
        )
        _begin(app)
        await asyncio.sleep(0)
    rules = app.runner.state.rules[ASHA]
    assert (rules.multiplier, rules.fixed_lots) == (Decimal("0.5"), 3)
    assert app.runner.state.total_loss_limit is None
    told = [notice.text for notice, _ in journal.waiting_notices([42], since=NOW)]
    for name, stands in (("asha MULTIPLIER", "0.5"), (TOTAL_LOSS, "none")):
        line = next(text for text in told if text.startswith(f"{name}: "))
        assert f"cannot be read. {stands} counts, as in .env" in line
        assert f"/set {name} default" in line
        assert any(getattr(each, "why", "") == line for each in caplog.records)
    assert not any(text.startswith("asha FIXED_LOTS") for text in told)
    journal.close()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("MULTIPLIER", "two"),
        ("MULTIPLIER", "NaN"),
        ("MULTIPLIER", "-1"),
        ("MAX_ORDER_VALUE", "1e"),
        ("MAX_ORDER_VALUE", "Infinity"),
        ("MAX_ORDER_QUANTITY", "1.5"),
        ("SEGMENT_MULTIPLIERS", "[]"),
        ("SEGMENT_MULTIPLIERS", '{"NFO": "half"}'),
        ("SIZING", "by feeling"),
        ("SEGMENTS", "NYSE"),
        ("LOSS_LADDER", "1,2"),
        ("MARKET_PROTECTION", "x"),
    ],
)
def test_whatever_cannot_be_read_counts_as_not_set(key, text):
    state, rules = State(), FollowerRules(name=ASHA, user_id="CD5678")
    state.chosen[ASHA, key] = Chosen(follower=ASHA, key=key, text=text)
    (unread,) = configure(state, [rules], total_loss_limit=None)
    assert unread.chosen.key == key
    assert state.rules[ASHA] == rules
    assert not state.chosen
    with pytest.raises(ValueError, match=r"\S"):
        proposed(state, ASHA, key, text)
