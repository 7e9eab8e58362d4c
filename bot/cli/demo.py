"""``copytrader demo``: starts the demo, which is a program of its own, in a process of its own."""

import argparse
import importlib.util
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from bot.cli.invocation import ExitStatus, Invocation
from bot.settings.names import PASSPHRASE, is_ours

#: What ``--scenario`` takes. The demo may not be installed, so its list is repeated here; a test
#: compares the two.
SCENARIOS = (
    "calm",
    "burst",
    "partials",
    "stops",
    "options-basket",
    "token-dies",
    "socket-lost",
    "broker-ambiguous",
    "refusal",
    "exits",
    "storm",
)
_MEND = "in the source folder run: make demo (or pip install '.[demo]')"


def demo(args: argparse.Namespace, invocation: Invocation) -> int:
    """Run ``python -m demo`` with the same arguments and return its exit status."""
    found = importlib.util.find_spec("demo")
    if found is None or found.origin is None or importlib.util.find_spec("aiohttp") is None:
        invocation.terminal.complain(f"the demo is not installed - {_MEND}")
        return ExitStatus.FAILED
    # -P with an exact path: a folder that happens to be called demo is not run by mistake.
    home = Path(found.origin).parent.parent
    command = [sys.executable, "-P", "-m", "demo", *args.demo_args]
    with subprocess.Popen(command, env=_clean(invocation.environ, home)) as child:  # noqa: S603 - our own interpreter and module
        return _wait(child)


def _clean(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the environment without settings: no secret of the real accounts reaches the demo."""
    kept = {
        name: value for name, value in environ.items() if not is_ours(name) and name != PASSPHRASE
    }
    before = environ.get("PYTHONPATH")
    return {**kept, "PYTHONPATH": f"{home}:{before}" if before else str(home)}


def _wait(child: "subprocess.Popen[bytes]") -> int:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        while True:
            try:
                status = child.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C reaches the demo too; wait for its own orderly end
            return status if status >= 0 else 128 - status
    finally:
        signal.signal(signal.SIGTERM, before)
