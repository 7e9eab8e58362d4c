"""``copytrader kill`` and ``copytrader unlock``: what must work when the chat does not."""

import argparse

from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.offline import asked_offline
from bot.cli.running import ask
from bot.cli.second_factor import judge_code, typed_code
from bot.control_socket import ControlError, NotRunningError
from bot.instance import prepare_data_dir
from bot.verbs import SWITCH_STAYS
from engine.core.values.control import UnlockTotp
from engine.errors import CopyTraderError
from storage.journal import STORE_NAME

# The contract: no further entry leaves within 1 s.
_ACK_S = 1.0


def kill(args: argparse.Namespace, invocation: Invocation) -> int:
    """Set the kill switch, or release it with a code."""
    configuration = Configuration.read(args.env_file, invocation)
    places = configuration.places()
    prepare_data_dir(places.data_dir)
    if args.release:
        return _release(configuration, places, invocation)
    return _set(places, invocation.terminal)


def unlock(args: argparse.Namespace, invocation: Invocation) -> int:
    """Lift the lock that five wrong codes left behind."""
    configuration = Configuration.read(args.env_file, invocation)
    places = configuration.places()
    try:
        ask(places, "unlock")
    except NotRunningError:
        if not (places.data_dir / STORE_NAME).exists():
            raise  # nothing was ever locked here
        asked_offline(configuration, UnlockTotp(), at=invocation.clock.now())
        invocation.terminal.say("Codes are unlocked for the next start; nothing runs here.")
    else:
        invocation.terminal.say("Codes are unlocked.")
    return ExitStatus.OK


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


def _release(configuration: Configuration, places: Places, invocation: Invocation) -> int:
    security = configuration.settings().security
    code = typed_code(security, invocation.terminal, otherwise=SWITCH_STAYS)
    try:
        # The instance judges the code itself: nobody else's word for it counts.
        ask(places, "kill", {"active": False, "code": code})
        told = "and acknowledged"
    except NotRunningError:
        now = invocation.clock.now()
        judge_code(security, places, code, now=now, otherwise=SWITCH_STAYS)
        told = "for the next start"
    try:
        places.kill_switch.release()
    except OSError as error:
        raise CopyTraderError(
            f"the switch is still set: {places.kill_switch.path}: {error.strerror} - remove it"
        ) from error
    invocation.terminal.say(f"Kill switch released {told}.")
    return ExitStatus.OK
