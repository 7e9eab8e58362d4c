"""``copytrader kill``: what must work when the chat does not, at once; it loads next to nothing."""

import argparse
import importlib

from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask
from bot.control_socket import ControlError, NotRunningError
from bot.instance import prepare_data_dir
from engine.errors import CopyTraderError

# The contract: no further entry leaves within 1 s.
_ACK_S = 1.0


def kill(args: argparse.Namespace, invocation: Invocation) -> int:
    """Set the kill switch, or release it with a code."""
    configuration = Configuration.read(args.env_file, invocation)
    places = configuration.places()
    prepare_data_dir(places.data_dir)
    if args.release:
        # What takes a code is loaded where one is taken.
        release = importlib.import_module("bot.cli.release").release
        return int(release(configuration, places, invocation))
    return _set(places, invocation.terminal)


def _set(places: Places, terminal: Terminal) -> int:
    try:
        places.kill_switch.set()  # the file first: it works even while the loop is stuck
    except OSError as error:
        raise CopyTraderError(
            f"THE SWITCH IS NOT SET: {places.kill_switch.path}: {error.strerror}"
            " - stop the process instead"
        ) from error
    try:
        ask(places, "kill", {"active": True}, timeout_s=_ACK_S)
    except NotRunningError:
        terminal.say(
            "Kill switch set. Nothing runs here; it holds for the next start. "
            "To lift it: copytrader kill --release"
        )
    except ControlError as error:
        terminal.complain(f"the switch is set, but was not acknowledged: {error}")
        return ExitStatus.FAILED
    else:
        terminal.say("Kill switch set and acknowledged: no entry leaves. Exits still follow.")
    return ExitStatus.OK
