"""``copytrader completion``: a script that has the shell complete commands, options, accounts and channels."""

import argparse
import importlib
from collections.abc import Iterator
from typing import Any

from bot.cli.invocation import ExitStatus, Invocation

SHELLS = ("bash", "zsh")
#: What completes an argument, by what the help calls it; shell functions of the preamble, or shtab's own.
_BY_METAVAR = {
    "ACCOUNT": {"bash": "_copytrader_accounts", "zsh": "_copytrader_accounts"},
    "CHANNEL": {"bash": "_copytrader_channels", "zsh": "_copytrader_channels"},
}
_FILES = frozenset({"F", "FILE", "SRC", "DEST"})
#: The env file is read by the shell itself: no key or password is in a follower's name, and asking the
#: program would take half a second at each press of the key. Nothing else passes: ``compgen -W`` runs a
#: ``$(…)`` that is in its words (bash manual, Programmable Completion Builtins), and the file of a folder that
#: somebody merely stands in may be a stranger's.
_FOLLOWERS = (
    r"sed -n 's/^[[:space:]]*FOLLOWERS__\([A-Za-z0-9_]*\)__USER_ID[[:space:]]*=.*/\1/p' "
    '-- "$file" 2>/dev/null | tr "[:upper:]" "[:lower:]"'
)
_PREAMBLE = {
    "bash": rf"""
_copytrader_accounts() {{
  local file=.env i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${{COMP_WORDS[i]}} == --env-file ]] && file=${{COMP_WORDS[i + 1]}}
  done
  file=${{file/#\~\//$HOME/}}
  compgen -W "master $({_FOLLOWERS})" -- "$1"
}}
_copytrader_channels() {{
  compgen -W "@channels@" -- "$1"
}}
""",
    "zsh": rf"""
_copytrader_accounts() {{
  local file=.env i
  for ((i = 1; i < CURRENT; i++)); do
    [[ $words[i] == --env-file ]] && file=$words[i+1]
  done
  file=${{file/#\~\//$HOME/}}
  compadd -- master $({_FOLLOWERS})
}}
_copytrader_channels() {{
  compadd -- @channels@
}}
""",
}


def completion(args: argparse.Namespace, invocation: Invocation) -> int:
    """Print the script; where it goes is in its help."""
    # Imported late: the parser names this command, and no other one needs the writer of scripts.
    parser = importlib.import_module("bot.cli.parser").build_parser()
    shtab: Any = importlib.import_module("shtab")
    for action in _arguments(parser):
        if action.metavar in _BY_METAVAR:
            action.complete = _BY_METAVAR[action.metavar]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE
    channels = " ".join(importlib.import_module("bot.cli.notify_test").CHANNELS)
    preamble = {shell: text.replace("@channels@", channels) for shell, text in _PREAMBLE.items()}
    script = shtab.complete(parser, shell=args.shell, preamble=preamble)
    invocation.terminal.say(script)
    return ExitStatus.OK


def _arguments(parser: argparse.ArgumentParser) -> Iterator[Any]:
    """Yield every argument of a parser and of its commands."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way, shtab reads it so too
        yield action
        if isinstance(action.choices, dict):
            for command in action.choices.values():
                yield from _arguments(command)
