"""``copytrader adopt``: a person takes over what another copy, or a lost life of this one, has sent."""

import argparse

from bot.chat.times import day_time
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask, field
from bot.cli.second_factor import judge_code, typed_code
from bot.control_socket import NotRunningError
from bot.instance import instance_lock, prepare_data_dir
from bot.settings.settings import SecuritySettings
from bot.verbs import LOCAL, NOTHING_ADOPTED
from engine.core.values.strangers import StrangerView
from engine.errors import CopyTraderError
from storage.mark import StoreMark, accept_store, what_is_wrong
from storage.store_name import STORE_NAME

_HEADERS = ("account", "order", "time", "side", "quantity", "filled", "symbol", "state", "becomes")
_NUMBERS = frozenset({"quantity", "filled"})


def adopt(args: argparse.Namespace, invocation: Invocation) -> int:
    """List the orders that froze entries and take them over; or take a store of the past."""
    configuration = Configuration.read(args.env_file, invocation)
    places = configuration.places()
    security = configuration.settings().security
    try:
        return _running(places, security, invocation)
    except NotRunningError:
        return _offline(places, security, invocation)


def _running(places: Places, security: SecuritySettings, invocation: Invocation) -> int:
    terminal = invocation.terminal
    answer = ask(places, "strangers")
    frozen = field(answer, "frozen", str)
    if not frozen:
        terminal.say("Entries are not frozen: there is nothing to adopt.")
        return ExitStatus.OK
    terminal.say(f"{frozen[0].upper()}{frozen[1:]}")
    found = field(answer, "strangers", tuple[StrangerView, ...])
    if found:
        now = invocation.clock.now()
        rows = [
            (
                each.account,
                each.order_id,
                day_time(each.at, now=now),
                each.side.value,
                str(each.quantity),
                str(each.filled),
                f"{each.exchange}:{each.symbol}",
                each.status,
                each.becomes,
            )
            for each in found
        ]
        terminal.table(_HEADERS, rows, numbers=_NUMBERS)
    else:
        terminal.say("The books that were read have no order that the store lacks.")
    terminal.say(
        "Adopting sends nothing: a copy follows the master's exits from now on, what is the owner's own "
        "is his to close. Entries may leave again afterwards. Only go on once no other copy runs."
    )
    code = _agreed(security, terminal)
    orders = [each.order_id for each in found]
    terminal.say(field(ask(places, "adopt", {"orders": orders, "code": code}), "text", str))
    return ExitStatus.OK


def _agreed(security: SecuritySettings, terminal: Terminal) -> str:
    """Return the code of a person who agrees; without a second factor a typed word stands for it.

    Raises:
        CopyTraderError: He does not, or the code is none.
    """
    if security.require_totp:
        return typed_code(security, terminal, otherwise=NOTHING_ADOPTED)
    if terminal.ask("Type adopt to go on:").lower() != "adopt":
        raise CopyTraderError(f"{NOTHING_ADOPTED} - run it again and type: adopt")
    return ""


def _offline(places: Places, security: SecuritySettings, invocation: Invocation) -> int:
    terminal = invocation.terminal
    if not (places.data_dir / STORE_NAME).exists():
        raise CopyTraderError(
            f"there is no store in {places.data_dir} to adopt - start it first with: copytrader run"
        )
    prepare_data_dir(places.data_dir)
    mark = StoreMark.beside(places.key_file, places.data_dir)
    with instance_lock(places.data_dir):
        wrong = what_is_wrong(places.data_dir, mark)
        if not wrong:
            terminal.say(
                "The store is the one that ran here last. What the accounts' books have that it lacks "
                "can be told only while it runs: start copytrader run, log in, then run this again."
            )
            return ExitStatus.OK
        terminal.say(f"{wrong[0].upper()}{wrong[1:]}.")
        terminal.say(
            "What it lacks was sent all the same: orders and exits that it knows nothing of."
        )
        now = invocation.clock.now()
        code = _agreed(security, terminal)
        judge_code(security, places, code, now=now, otherwise=NOTHING_ADOPTED, holds_lock=True)
        terminal.say(accept_store(places.data_dir, mark, by=LOCAL, at=now))
    return ExitStatus.OK
