"""A command line whose complaints are one line with the nearest right word, and point to the help."""

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

from bot.cli.invocation import ExitStatus

#: What argparse says of a word that is none of those it knows (``ArgumentParser._check_value``).
_WRONG_CHOICE = re.compile(
    r"argument (?P<which>\S+): invalid choice: '(?P<word>.*)' \(choose from "
)
_MISSING = "the following arguments are required: "
_NO_COMMAND = f"{_MISSING}COMMAND"


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line, instead of printing the usage."""

    def error(self, message: str) -> NoReturn:  # type: ignore[explicit-override]  # typing.override is 3.12
        """Say what is wrong in one line and end with status 2."""
        said = self._in_other_words(message)
        self.exit(ExitStatus.CONFIG_REFUSED, f"copytrader: {said} - see: {self.prog} --help\n")

    def _in_other_words(self, message: str) -> str:
        if message == _NO_COMMAND:
            return "which command? For instance: copytrader status"
        if message.startswith(_MISSING):
            return self._missing(message.removeprefix(_MISSING).partition(", ")[0])
        wrong = _WRONG_CHOICE.match(message)
        if wrong is None:
            return message
        word, which = wrong["word"], wrong["which"]
        known = [each for action in self._actions for each in action.choices or ()]
        what = "command" if which == "COMMAND" else which
        near = get_close_matches(word.lower(), known, n=1)
        if near:
            return f"no {what} {word!r} - did you mean {near[0]}?"
        if which == "COMMAND":
            return f"no command {word!r}"
        return f"no {what} {word!r} - there are: {', '.join(known)}"

    def _missing(self, name: str) -> str:
        """Say what the word is that was not given, and which there are."""
        action = next(one for one in self._actions if name in {one.metavar, one.dest})
        known = f"{', '.join(action.choices)} - " if action.choices else ""
        return f"{name} is missing: {known}{action.help}"


class CommandParser(OneLineParser):
    """The parser of one command: what it does not know is its own to complain about."""

    def parse_known_args(  # type: ignore[override, explicit-override]  # the overloads of argparse are three
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and refuse here what is left over: the main parser would point to its own help."""
        found, extras = super().parse_known_args(args, namespace)
        if extras:
            self.error(self._unknown(extras))
        return found, extras

    def _unknown(self, extras: Sequence[str]) -> str:
        word = extras[0].partition("=")[0]
        if not word.startswith("-"):
            return f"{word!r} is one word too many"
        near = get_close_matches(word, self._option_string_actions, n=1)
        return f"no option {word}" + (f" - did you mean {near[0]}?" if near else "")
