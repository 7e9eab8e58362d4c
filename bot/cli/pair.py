"""``copytrader pair``: a one-time code that lets a person speak to the bot."""

import argparse

from bot.chat.pairing_code import digest_of, new_code
from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation
from bot.cli.offline import asked_offline
from bot.cli.running import ask, field
from bot.cli.second_factor import judge_code, typed_code
from bot.control_socket import NotRunningError
from bot.settings.settings import Settings
from bot.verbs import NOBODY_INVITED
from engine.core.values.control import InvitePerson
from engine.core.values.market import AccountName
from engine.core.values.people import Role
from engine.errors import CopyTraderError


def pair(args: argparse.Namespace, invocation: Invocation) -> int:
    """Make a code for one person and role, and print it; it is shown nowhere else."""
    configuration = Configuration.read(args.env_file, invocation)
    places, settings = configuration.places(), configuration.settings()
    role, follower = Role(args.role), _follower(args, settings)
    typed = typed_code(settings.security, invocation.terminal, otherwise=NOBODY_INVITED)
    code = new_code()
    digest = digest_of(code)
    try:
        values = {"digest": digest, "role": role.value, "follower": follower, "code": typed}
        told = field(ask(places, "pair", values), "text", str)
    except NotRunningError:
        request = InvitePerson(digest=digest, role=role, follower=follower)
        now = invocation.clock.now()
        judge_code(settings.security, places, typed, now=now, otherwise=NOBODY_INVITED)
        told = asked_offline(configuration, request, at=now)
        invocation.terminal.note("Nothing runs here: the code works once copytrader run does.")
    terminal = invocation.terminal
    terminal.say(code)
    terminal.say(f"{told} The person opens the bot in Telegram and sends: /pair {code}")
    return ExitStatus.OK


def _follower(args: argparse.Namespace, settings: Settings) -> AccountName | None:
    """Return the account of the person, where the role needs one.

    Raises:
        CopyTraderError: One is missing, too much, or not known.
    """
    known = [str(one.account.name) for one in settings.followers]
    names = ", ".join(known) or "none"
    if args.role != Role.FOLLOWER.value:
        if args.account is not None:
            raise CopyTraderError(f"{args.role} sees every account - leave {args.account} away")
        return None
    if args.account is None:
        raise CopyTraderError(
            f"name his account, for example: copytrader pair follower {known[0]}"
            if known
            else "there is no follower in the settings - add one first"
        )
    if args.account.lower() not in known:
        raise CopyTraderError(f"no follower {args.account!r} - known: {names}")
    return AccountName(args.account.lower())
