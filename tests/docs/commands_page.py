"""Writes the lists of docs/commands.md: python -m tests.docs.commands_page."""

import argparse
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from bot.chat.commands import COMMANDS, Command
from bot.cli.parser import build_parser

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
BEGIN = "<!-- lists: python -m tests.docs.commands_page -->"
END = "<!-- end of lists -->"


def command_parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command of the command line, in the order of its help."""
    parser = build_parser()
    (commands,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(commands.choices)


def lists() -> str:
    """Return both lists."""
    return "\n".join([*_of_terminal(), "", *_of_chat()])


def _of_terminal() -> Iterator[str]:
    yield "## On the server"
    yield ""
    yield "`--env-file F` names the settings where they are not `.env` in this folder."
    for name, parser in command_parsers().items():
        yield ""
        yield f"### copytrader {name}"
        yield ""
        yield _escaped(parser.description or "")
        yield ""
        yield "```console"
        yield f"$ {(parser.epilog or '').removeprefix('Example: ')}"
        yield "```"
        options = [row for action in parser._actions if (row := _option(action)) and action.help]
        if options:
            yield ""
            yield "| | |"
            yield "|---|---|"
            yield from options


def _option(action: argparse.Action) -> str:
    """Return one argument as a row; empty for those that every command has."""
    if {"--help", "--env-file"} & set(action.option_strings):
        return ""
    words = action.option_strings[-1:] or [
        "|".join(map(str, action.choices)) if action.choices else str(action.metavar or action.dest)
    ]
    if action.option_strings and action.nargs != 0:
        words.append(str(action.metavar or action.dest.upper()))
    return f"| `{_escaped(' '.join(words))}` | {_escaped(action.help or '')} |"


def _of_chat() -> Iterator[str]:
    yield "## In the chat"
    for group, commands in groupby(COMMANDS, key=lambda command: command.group):
        yield ""
        yield f"### {group}"
        yield ""
        yield "| command | what it does | example |"
        yield "|---|---|---|"
        yield from map(_row, commands)


def _row(command: Command) -> str:
    also = (
        f" Also {', '.join(f'`/{alias}`' for alias in command.aliases)}." if command.aliases else ""
    )
    what = f"{command.summary[0].upper()}{command.summary[1:]}. {command.explained(asks_for_codes=True)}{also}"
    return f"| `{_escaped(command.usage)}` | {_escaped(what)} | `{_escaped(command.example)}` |"


def _escaped(text: str) -> str:
    """Return text that ends no cell of a table."""
    return text.replace("|", "\\|")


def main() -> None:
    """Write the lists into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{lists()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
