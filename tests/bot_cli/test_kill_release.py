"""Releasing the kill switch over the control socket: the instance judges the code itself."""

from types import SimpleNamespace

import pyotp
import pytest

from bot.desk import EngineDesk
from bot.settings.settings import SecuritySettings
from bot.used_codes import UsedCodes
from bot.verbs import verbs
from engine.core.state.state import State
from engine.core.values.control import GoLive, Reply, SetKill, TotpFailed
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from tests.bot_cli.cli_builders import NOW, TOTP_SECRET, FixedClock

TOTP = pyotp.TOTP(TOTP_SECRET)
STEP = int(NOW.timestamp()) // 30


class Runner:
    """Takes every request and remembers it."""

    def __init__(self):
        self.state = State()
        self.asked = []

    async def ask(self, request, *, by, update_id=None, sent_at=None):
        self.asked.append(request)
        return Reply(accepted=True, text="done")


def an_instance(folder, *, require_totp=True, secret=TOTP_SECRET, runner=None):
    """Return the kill verb of an instance on this folder, and what its engine was asked."""
    runner = runner or Runner()
    desk = EngineDesk(
        runner,
        clock=FixedClock(),
        sessions={},
        readers={},
        story=None,
        sealer=None,
        context_of=str,
        live_refusals=(),
        problems=tuple,
        store_fault=str,
        changed=print,
        registered=print,
        used_codes=UsedCodes(folder / "totp.used"),
        days=None,
    )
    security = SecuritySettings(
        totp_secret=Secret(secret) if secret else None,
        require_totp=require_totp,
        allow_plain_secrets=True,
    )
    handlers = verbs(desk, security, FixedClock())
    return SimpleNamespace(kill=handlers["kill"], asked=runner.asked, desk=desk)


@pytest.mark.parametrize(
    "args",
    [{}, {"active": None}, {"active": 0}, {"active": "false"}, {"totp_step": STEP}],
    ids=["nothing", "null", "number", "text", "a step alone"],
)
async def test_a_kill_without_a_plain_yes_or_no_changes_nothing(tmp_path, args):
    instance = an_instance(tmp_path)
    with pytest.raises(CopyTraderError, match="needs active"):
        await instance.kill(args)
    assert instance.asked == []


@pytest.mark.parametrize(
    "args",
    [{}, {"totp_step": STEP}, {"code": None}, {"code": STEP}, {"code": "12345"}],
    ids=["nothing", "a bare step", "null", "number", "short"],
)
async def test_a_release_without_a_code_is_refused(tmp_path, args):
    instance = an_instance(tmp_path)
    with pytest.raises(CopyTraderError, match="6-digit code"):
        await instance.kill({"active": False, **args})
    assert instance.asked == []


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_right_code_releases_once_across_restarts(tmp_path, steps):
    code = TOTP.generate_otp(STEP + steps)
    instance = an_instance(tmp_path)
    await instance.kill({"active": False, "code": code})
    assert instance.asked == [SetKill(active=False, totp_step=STEP + steps)]
    for again in (instance, an_instance(tmp_path)):
        asked = len(again.asked)
        with pytest.raises(CopyTraderError, match="used already"):
            await again.kill({"active": False, "code": code})
        assert len(again.asked) == asked


async def test_a_wrong_code_is_counted_and_five_lock(tmp_path):
    instance = an_instance(tmp_path)
    with pytest.raises(CopyTraderError, match="wrong code"):
        await instance.kill({"active": False, "code": TOTP.generate_otp(STEP + 2)})
    assert instance.asked == [TotpFailed()]
    runner = Runner()
    runner.state.totp_locked = True
    locked = an_instance(tmp_path, runner=runner)
    with pytest.raises(CopyTraderError, match="copytrader unlock"):
        await locked.kill({"active": False, "code": TOTP.generate_otp(STEP)})
    assert runner.asked == []


async def test_setting_the_switch_never_asks(tmp_path):
    instance = an_instance(tmp_path, secret="")
    await instance.kill({"active": True})
    assert instance.asked == [SetKill(active=True)]
    with pytest.raises(CopyTraderError, match="TOTP_SECRET is not set"):
        await instance.kill({"active": False})
    unguarded = an_instance(tmp_path, require_totp=False)
    await unguarded.kill({"active": False})
    assert unguarded.asked == [SetKill(active=False)]


async def test_a_code_that_released_the_switch_does_not_arm_live_too(tmp_path):
    assert UsedCodes(tmp_path / "totp.used").spend(STEP)  # as the command line does it
    desk, asked = (one := an_instance(tmp_path)).desk, one.asked
    assert desk.totp_last_step() == STEP
    reply = await desk.ask(GoLive(armed_until=NOW, totp_step=STEP), by=None)
    assert not reply.accepted
    assert "used already" in reply.text
    assert asked == []


def test_of_two_who_use_a_code_at_once_one_wins(tmp_path):
    first, second = UsedCodes(tmp_path / "totp.used"), UsedCodes(tmp_path / "totp.used")
    assert first.newest() is None
    assert first.spend(STEP)
    assert not second.spend(STEP)
    assert not second.spend(STEP - 1)
    assert second.newest() == STEP
    with first._locked(), pytest.raises(CopyTraderError, match="unavailable"):
        second.spend(STEP + 1)
