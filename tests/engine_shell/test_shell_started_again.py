"""A program that ended by itself and was begun again takes nothing looser over than what counted before."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from bot.app.process import _begin
from bot.app.wiring import App
from bot.kill_switch import KillSwitch
from bot.settings.settings import load_settings
from bot.surroundings import Surroundings
from engine.clock import SystemClock
from engine.core.decide import trading_day_of
from engine.core.values import records as r
from engine.core.values.events import Faulted
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.offers import OfferKind
from engine.core.values.orders import Funds
from storage.journal import Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import VALID

ASHA = AccountName("asha")


async def started_again(folder, *more, live=True, read_ago=timedelta(0)) -> App:
    """Start with a file that says 5 and 9000, where 1, 500 units and 3000 rupees counted before."""
    (folder / "var").mkdir(mode=0o700)
    values = {
        **VALID,
        "DATA_DIR": "var",
        "KEY_FILE": "key",
        "FOLLOWERS__ASHA__MULTIPLIER": "5",
        "FOLLOWERS__ASHA__MAX_ORDER_QUANTITY": "100",
        "RISK__MAX_DAILY_LOSS": "9000",
    }
    ravi = {"USER_ID": "EF9012", "API_KEY": "ravikey", "API_SECRET": "ravisecret"}
    values |= {f"FOLLOWERS__RAVI__{name}": text for name, text in ravi.items()}
    settings = load_settings(values, folder=folder, open_secret=str)
    now = SystemClock().now()
    ends = now + timedelta(hours=2)
    file = next(one.rules for one in settings.followers if one.account.name == ASHA)
    counted = replace(file, multiplier=file.multiplier / 5, max_order_quantity=500)
    journal = Journal.open(folder / "var")
    before = [
        r.DayOpened(trading_day=trading_day_of(now), at=now),
        r.ModeSet(venue=Venue.LIVE, armed_until=ends, totp_step=None),
        r.SettingsTaken(rules=(counted,), total_loss_limit=Decimal(3000), at=now - read_ago),
    ]
    if not live:
        del before[1]
    journal.commit([(Faulted(topic="engine", text="before", at=now), [*before, *more])])
    app = App(
        settings, Vault.create(folder / "key"), KillSwitch(folder / "kill"), journal,
        clock=SystemClock(), around=Surroundings(machine=lambda _now: (), reread=lambda: settings),
    )  # fmt: skip
    _begin(app)
    await asyncio.sleep(0)
    journal.close()
    return app


async def test_in_live_what_is_looser_waits_for_a_person_and_what_is_tighter_counts(tmp_path):
    app = await started_again(tmp_path)
    state = app.runner.state
    assert state.rules[ASHA].multiplier == 1
    assert state.rules[ASHA].max_order_quantity == 100
    assert state.total_loss_limit == 3000
    (offer,) = [
        each for each in state.open_offers.values() if each.question.kind is OfferKind.SETTINGS
    ]
    assert set(state.rules) == {ASHA}, "ravi is new, and nobody has said yes to him"
    (why,) = app.left_out
    assert why.startswith("ravi is left out: he is new in the file, and LIVE is armed")
    assert "asha MULTIPLIER: 1 → 5" in offer.notice.text
    assert "RISK__MAX_DAILY_LOSS: 3000 → 9000" in offer.notice.text


async def test_whoever_was_ever_logged_in_is_taken_in_for_he_may_hold_copies(tmp_path):
    session = r.SessionKept(
        account=AccountName("ravi"), ok=False, user_id="EF9012", user_name="Ravi", sealed_token="",
        login_at=None,
    )  # fmt: skip
    app = await started_again(tmp_path, session)
    assert set(app.runner.state.rules) == {ASHA, "ravi"}
    assert app.left_out == ()


async def test_of_the_master_before_nothing_sizes_an_order(tmp_path):
    now = SystemClock().now()
    session = r.SessionKept(
        account=MASTER, ok=True, user_id="OLD123", user_name="Old", sealed_token="x", login_at=now
    )
    read = Funds(equity=Decimal(100), commodity=Decimal(0))
    app = await started_again(tmp_path, session, r.FundsKnown(account=MASTER, funds=read, at=now))
    master = app.runner.state.account(MASTER)
    assert (master.user_id, master.session_ok, master.funds) == ("AB1234", False, None)


@pytest.mark.parametrize(
    "how", [{"live": False}, {"read_ago": timedelta(hours=23)}], ids=["paper", "yesterday"]
)
async def test_else_a_start_takes_the_file_as_it_is(tmp_path, how):
    state = (await started_again(tmp_path, **how)).runner.state
    assert state.rules[ASHA].multiplier == 5
    assert state.total_loss_limit == 9000
    assert set(state.rules) == {ASHA, "ravi"}
    assert state.waiting_settings is None
