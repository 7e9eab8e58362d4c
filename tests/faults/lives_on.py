"""A machine that is lost with copies held: its backup, restored in another folder, takes them to their end."""

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from bot.settings.names import recognise
from demo.stage import Stage
from engine.clock import SystemClock
from storage.recovery_key import RecoveryKey
from storage.vault import Vault, env_context
from tests.faults.conftest import FATHER, master_trades, told, until_held


async def copytrader(stage: Stage, *words: str, typed: str = "") -> str:
    """Run a command on the stage's settings beside the loop on which exchange and chat answer; return its answer."""
    out, err = StringIO(), StringIO()
    here = Invocation(
        environ={},
        terminal=Terminal(out=out, err=err, input=StringIO(typed)),
        clock=SystemClock(),
        folder=stage.plan.folder,
    )
    status = await asyncio.to_thread(execute, words, here)
    assert status == 0, f"{words} ended with {status}: {out.getvalue()}{err.getvalue()}"
    return out.getvalue()


def seal_settings(stage: Stage) -> None:
    """Seal every secret of the settings: what is plain reaches no backup."""
    vault = Vault.from_key_file(stage.plan.folder / "key" / "key")
    lines = []
    for line in stage.env_file.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        known = recognise(name)
        secret = known is not None and known.key.secret
        lines.append(f"{name}={vault.seal(value, env_context(name))}" if secret else line)
    stage.env_file.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def lives_on_elsewhere(stage: Stage, folder: Path, *, held: str) -> None:
    """Back up, trade on, lose the machine, and bring the backup to life in another folder.

    Args:
        stage: One follower, LIVE, with copies of ``held``; nothing of it runs on here.
        folder: The other machine's, empty.
        held: The symbol.
    """
    seal_settings(stage)
    key = RecoveryKey.new()
    key.lock.keep(stage.plan.folder / "var")
    await copytrader(stage, "backup", "held.backup")
    # What the backup does not know: a copy that is held when the machine is lost.
    master_trades(stage, "BUY", "TCS")
    await until_held(stage, FATHER, "TCS", 5)
    stage.kill_program()
    await stage.stop_program()
    before = len(stage.exchange.ledger.order_writes())

    lost = stage.plan.folder
    stage.plan = replace(stage.plan, folder=folder)
    said = await copytrader(
        stage, "restore", str(lost / "held.backup"), typed=f"{key.text().reveal()}\n"
    )
    assert f"put your copy of that key file at {folder / 'key' / 'key'}" in said
    assert "entries are frozen; exits follow" in said
    (folder / "key").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(lost / "key" / "key", folder / "key" / "key")
    mark = stage.trader.mark()
    await stage.start_program()
    await told(stage, "Started, but entries are frozen", since=mark, seconds=20)
    await stage.log_in()
    await told(stage, "that this program did not send", since=mark, seconds=20)
    master_trades(stage, "BUY", "INFY")
    await told(stage, "COPY #", "INFY", "entries are frozen", since=mark, seconds=20)
    assert len(stage.exchange.ledger.order_writes()) == before, "nothing is sent again"

    # A code of the next half minute: the one of this was used on the way to LIVE.
    code = stage.totp.at(SystemClock().now() + timedelta(seconds=30))
    said = await copytrader(stage, "adopt", typed=f"{code}\n")
    assert "a copy of #" in said
    assert "1 order counts as copied" in said
    # What the backup had and what it lacked go with the master's exits, and entries leave again.
    master_trades(stage, "SELL", held)
    master_trades(stage, "SELL", "TCS")
    await until_held(stage, FATHER, held, 0, seconds=20)
    await until_held(stage, FATHER, "TCS", 0, seconds=20)
    master_trades(stage, "BUY", "HDFCBANK")
    await until_held(stage, FATHER, "HDFCBANK", 5, seconds=20)
    tags = [record.tag for record in stage.exchange.ledger.order_writes()]
    assert len(tags) == len(set(tags)), "over both lives no tag left twice"
