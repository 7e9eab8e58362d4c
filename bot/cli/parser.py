"""The commands and their arguments."""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias, cast

from bot.cli.completion import SHELLS
from bot.cli.demo import SCENARIOS
from bot.cli.invocation import Invocation
from bot.cli.one_line_parser import CommandParser, OneLineParser
from bot.version import program_version
from engine.core.values.people import Role

#: What locks the secrets, as it is called on the command line.
KEY_KINDS = ("key-file", "passphrase")

#: Does one command and returns its exit status; raises ``CopyTraderError`` with a line to show.
CommandFunction = Callable[[argparse.Namespace, Invocation], int]


def _lazy(module: str, name: str = "") -> CommandFunction:
    """Return a command that is loaded once it is called: no other one waits for what it needs."""

    def command(args: argparse.Namespace, invocation: Invocation) -> int:
        loaded = import_module(f"bot.cli.{module}")
        return cast("CommandFunction", getattr(loaded, name or module))(args, invocation)

    return command


adopt = _lazy("adopt")
backup = _lazy("backup")
check = _lazy("check")
cleanup = _lazy("cleanup")
completion = _lazy("completion")
demo = _lazy("demo")
encrypt = _lazy("encrypt")
kill = _lazy("kill")
unlock = _lazy("release", "unlock")
login = _lazy("login")
notify_test = _lazy("notify_test")
pair = _lazy("pair")
positions = _lazy("positions")
report = _lazy("report")
restore = _lazy("restore")
rotate_key = _lazy("rotate_key")
run = _lazy("run")
setup = _lazy("setup")
status = _lazy("status")
why = _lazy("why")

_Commands: TypeAlias = "argparse._SubParsersAction[CommandParser]"  # noqa: SLF001 - the only name argparse has for it


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; ``command`` in its result is a :data:`CommandFunction`."""
    parser = OneLineParser(
        prog="copytrader",
        description="Copies a Zerodha master account's orders to followers, run from Telegram.",
        epilog="Example: copytrader check",
    )
    parser.add_argument("--version", action="version", version=f"copytrader {program_version()}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=CommandParser
    )

    _beginning(commands)
    _reading(commands)
    _acting(commands)
    _keeping(commands)
    _people_and_channels(commands)
    return parser


def _beginning(commands: _Commands) -> None:
    _add(commands, "run", run, "run engine and bot in the foreground", "copytrader run")
    _add_setup(commands)
    one = _add(
        commands,
        "demo",
        demo,
        "see it work on a local exchange and chat; no keys, no network",
        "copytrader demo --headless --seconds 25 --scenario stops",
        env_file=False,
    )
    one.add_argument("--headless", action="store_true", help="plain text instead of a live screen")
    one.add_argument("--seconds", type=int, metavar="N", help="how long the master trades")
    one.add_argument("--seed", type=int, metavar="N", help="same seed, same market")
    one.add_argument(
        "--scenario",
        metavar="NAME",
        help=f"which day he has: {', '.join(SCENARIOS)} (default: {SCENARIOS[0]})",
    )
    one.add_argument(
        "--picture",
        metavar="FILE",
        help="where the picture of the day goes (default: copytrader-demo-NAME.png in this folder)",
    )


def _reading(commands: _Commands) -> None:
    one = _add(
        commands, "status", status, "mode, copying, accounts, lag", "copytrader status --json"
    )
    _json(one)
    one = _add(
        commands,
        "positions",
        positions,
        "positions and day P&L of every account",
        "copytrader positions asha --detail",
    )
    _account(one)
    size = one.add_mutually_exclusive_group()
    size.add_argument("--brief", action="store_true", help="one line per account")
    size.add_argument("--detail", action="store_true", help="with average and last price")
    _json(one)
    one = _add(
        commands,
        "why",
        why,
        "the whole story of one order or operation, from the journal",
        "copytrader why 251118000123456",
    )
    one.add_argument(
        "id",
        metavar="ID",
        help="a master or follower order id, its tag or card number, or an op id",
    )
    _json(one)
    one = _add(
        commands,
        "report",
        report,
        "how well a day was copied: reasons, slippage, lag, profit beside the master's",
        "copytrader report --day yesterday --csv yesterday.csv",
    )
    one.add_argument(
        "--day",
        metavar="D",
        help="today, yesterday or 2026-11-27; default: the newest in the store",
    )
    one.add_argument(
        "--csv", metavar="FILE", help="write one row for each follower's part in an order"
    )
    _json(one)


def _acting(commands: _Commands) -> None:
    one = _add(
        commands, "login", login, "refresh the daily Kite session", "copytrader login master"
    )
    _account(one)
    one = _add(commands, "kill", kill, "let no further entry leave", "copytrader kill")
    one.add_argument("--release", action="store_true", help="allow entries again; asks for a code")


def _keeping(commands: _Commands) -> None:
    one = _add(
        commands,
        "encrypt",
        encrypt,
        "read a secret on stdin, print enc:… for .env",
        "copytrader encrypt MASTER__API_SECRET < secret.txt",
    )
    one.add_argument(
        "key",
        nargs="?",
        metavar="KEY",
        help="the key of .env it is for: it then opens under that key only",
    )
    one = _add(
        commands,
        "rotate-key",
        rotate_key,
        "make a new key (or take a new passphrase) and seal every secret anew",
        "copytrader rotate-key --to passphrase",
    )
    one.add_argument(
        "--to",
        metavar="KIND",
        choices=KEY_KINDS,
        help=f"what is to lock the secrets from now on: {' or '.join(KEY_KINDS)}; default: as now",
    )
    one = _add(commands, "check", check, "what is wrong and the mend", "copytrader check --online")
    one.add_argument(
        "--online", action="store_true", help="also ask Telegram, and Kite about each account"
    )
    _json(one)
    one = _add(
        commands,
        "backup",
        backup,
        "one encrypted file with store and settings, without key and sessions",
        "copytrader backup /mnt/usb",
    )
    one.add_argument("dest", metavar="DEST", help="a new file, or a folder to make it in")
    one = _add(
        commands,
        "restore",
        restore,
        "put a backup in place; what was there is kept",
        "copytrader restore /mnt/usb/kitecopytrader-20261127-181500.backup",
    )
    one.add_argument("source", metavar="SRC", help="a file that copytrader backup made")
    one = _add(
        commands,
        "cleanup",
        cleanup,
        "delete old logs, old nightly backups and what killed commands left; never the journal",
        "copytrader cleanup --dry-run",
    )
    one.add_argument("--dry-run", action="store_true", help="only list what would be deleted")


def _people_and_channels(commands: _Commands) -> None:
    one = _add(
        commands,
        "notify-test",
        notify_test,
        "send one test alert by every configured channel",
        "copytrader notify-test email",
    )
    one.add_argument(
        "channel",
        nargs="?",
        metavar="CHANNEL",
        help="telegram, email, whatsapp, discord or apprise; default: all that are configured",
    )
    _add(
        commands,
        "adopt",
        adopt,
        "take over orders under our tag that the store did not send",
        "copytrader adopt",
    )
    one = _add(
        commands,
        "pair",
        pair,
        "make a one-time code that lets a person speak to the bot",
        "copytrader pair follower asha",
    )
    one.add_argument(
        "role",
        choices=[role.value for role in Role],
        help="owner: everything; operator: reads, /stop, /pause; follower: one account's own reads",
    )
    one.add_argument("account", nargs="?", metavar="ACCOUNT", help="whose account a follower sees")
    _add(commands, "unlock", unlock, "lift the lock of five wrong codes", "copytrader unlock")
    one = _add(
        commands,
        "completion",
        completion,
        'print a script for the Tab key; in ~/.bashrc: eval "$(copytrader completion bash)", in ~/.zshrc the'
        " same with zsh, after compinit",
        "copytrader completion bash",
        env_file=False,
    )
    one.add_argument("shell", choices=SHELLS, help="the shell that is to read it")


def _add_setup(commands: "argparse._SubParsersAction[CommandParser]") -> None:
    one = _add(
        commands,
        "setup",
        setup,
        "asks for the settings and writes them; run again it changes them",
        "copytrader setup --import ~/old/.env",
    )
    one.add_argument(
        "--import",
        dest="import_file",
        metavar="FILE",
        help="take over the .env of the older copy-trading script (MASTER_API_KEY, FOLLOWER_COUNT)",
    )


def _add(
    commands: _Commands,
    name: str,
    command: CommandFunction,
    what: str,
    example: str,
    *,
    env_file: bool = True,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=f"Example: {example}"
    )
    parser.set_defaults(command=command)
    if env_file:
        parser.add_argument(
            "--env-file", metavar="F", help="settings; default: .env in this folder"
        )
    return parser


def _account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", nargs="?", metavar="ACCOUNT", help="master or a follower's name")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="machine-readable answer")
