"""What /live says of this machine goes by the settings that count now, not by those of the start alone."""

import asyncio

from bot.app.rereading import BY_SIGNAL
from bot.app.wiring import App
from bot.cli.check_lines import doubtful
from bot.cli.setup_doubts import setup_doubts
from bot.kill_switch import KillSwitch
from bot.settings.settings import load_settings
from bot.surroundings import Surroundings
from engine.clock import SystemClock
from engine.core.values.market import Venue
from storage.journal import Journal
from storage.vault import Vault
from tests.bot_cli.cli_builders import VALID

#: Nobody answers there, and never Kite.
NOBODY = {"KITE__API_URL": "http://127.0.0.1:9", "KITE__LOGIN_URL": "http://127.0.0.1:9/login"}


async def test_live_does_not_miss_a_follower_whom_the_file_has_got_since_the_start(tmp_path):
    (tmp_path / "var").mkdir(mode=0o700)
    common = {**VALID, **NOBODY, "DATA_DIR": "var", "KEY_FILE": "key"}
    alone = {key: text for key, text in common.items() if not key.startswith("FOLLOWERS__")}
    begun, later = (
        load_settings(values, folder=tmp_path, open_secret=str)
        for values in (alone, {**common, "SECURITY__REQUIRE_TOTP": "false"})
    )
    journal = Journal.open(tmp_path / "var")
    app = App(
        begun,
        Vault.create(tmp_path / "key"),
        KillSwitch(tmp_path / "kill"),
        journal,
        clock=SystemClock(),
        around=Surroundings(
            machine=lambda now: tuple(map(doubtful, setup_doubts(now))), reread=lambda: later
        ),
    )

    async def said() -> str:
        return "\n".join(line.text for line in await app.desk.preflight(Venue.LIVE))

    assert "no follower is configured" in await said()
    async with asyncio.timeout(5):
        await app.rereading.now(by=BY_SIGNAL)
    told = await said()
    assert "no follower is configured" not in told
    assert "REQUIRE_TOTP is false" not in told, "that counts from the next start on"
    app.chat._began_at = asyncio.get_running_loop().time() - 60
    assert any(
        line.startswith("Telegram does not answer since") for line in app.desk.status().problems
    )
    app.reserve.problem = "the disk is full"
    assert "the disk is full" in app.desk.status().problems
    journal.close()
