"""``copytrader kill --release`` and ``copytrader unlock``: what lets entries or codes through again."""

import argparse

from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.offline import asked_offline
from bot.cli.running import ask
from bot.cli.second_factor import judge_code, typed_code
from bot.control_socket import NotRunningError
from bot.verbs import SWITCH_STAYS
from engine.core.values.control import UnlockTotp
from engine.errors import CopyTraderError
from storage.store_name import STORE_NAME


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


def release(configuration: Configuration, places: Places, invocation: Invocation) -> int:
    """Release the switch with a code.

    Raises:
        CopyTraderError: No code, a wrong one, or the switch stays set; the text says which.
    """
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
