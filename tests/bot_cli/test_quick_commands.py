"""A command loads what it needs and no more: above all the one that stops entries."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The engine's decisions, the store, HTTP and the wizard: half a second, of which each command would pay its part.
HEAVY = (
    "engine.core.state.state",
    "storage.journal",
    "httpx",
    "questionary",
    "holidays",
    "bot.app",
)
SCRIPT = f"""
import sys
from bot.cli.parser import build_parser
build_parser()
seen = lambda: [name for name in {HEAVY!r} if name in sys.modules]
print("help", seen())
from bot.__main__ import main
main(["kill"])
print("kill", seen())
main(["encrypt", "--env-file", ".env"])
print("encrypt", seen())
"""


def test_help_kill_and_encrypt_load_neither_the_engine_nor_the_store(tmp_path):
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}  # noqa: TID251 - a child's
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=environ,
        input="a secret",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (tmp_path / "var" / "kill").exists()
    said = [line for line in ended.stdout.splitlines() if line.endswith("]")]
    assert said == ["help []", "kill []", "encrypt []"], ended.stdout
