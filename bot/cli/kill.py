"""``copytrader kill`` and ``copytrader unlock``: what must work when the chat does not."""

import argparse

from bot.chat.totp import CodeState, check_code
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
        return _release(configuration, places, invocation)
    return _set(places, invocation.terminal)


def unlock(args: argparse.Namespace, invocation: Invocation) -> int:
    """Lift the lock that five wrong codes left behind."""
    places = Configuration.read(args.env_file, invocation).places()
    ask(places, "unlock")
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
        terminal.say("Kill switch set. Nothing runs here; it holds for the next start.")
    except ControlError as error:
        terminal.complain(f"the switch is set, but was not acknowledged: {error}")
        return ExitStatus.FAILED
    else:
        terminal.say("Kill switch set and acknowledged: no entry leaves. Exits still follow.")
    return ExitStatus.OK


def _release(configuration: Configuration, places: Places, invocation: Invocation) -> int:
    step = _accepted_step(configuration, invocation)
    try:
        # The instance goes first: it refuses a code that was used before.
        ask(places, "kill", {"active": False, "totp_step": step})
        told = "and acknowledged"
    except NotRunningError:
        told = "for the next start"
    try:
        places.kill_switch.release()
    except OSError as error:
        raise CopyTraderError(
            f"the switch is still set: {places.kill_switch.path}: {error.strerror} - remove it"
        ) from error
    invocation.terminal.say(f"Kill switch released {told}.")
    return ExitStatus.OK


def _accepted_step(configuration: Configuration, invocation: Invocation) -> int | None:
    """Return the time step of a right code, or None where no code is required."""
    security = configuration.settings().security
    if not security.require_totp:
        return None
    if security.totp_secret is None:
        raise CopyTraderError(
            "a code is required but SECURITY__TOTP_SECRET is not set - set it in the env file"
        )
    code = invocation.terminal.ask_secret("6-digit code:").replace(" ", "")
    if code.isascii() and code.isdigit():
        check = check_code(security.totp_secret, code, now=invocation.clock.now(), last_step=None)
        if check.state is CodeState.RIGHT:
            return check.step
    raise CopyTraderError("wrong code; the switch stays set - try the next code")
