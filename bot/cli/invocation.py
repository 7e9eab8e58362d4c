"""What a command is given: the outside world in one value, so that tests can give another."""

import getpass
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, unique
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from engine.clock import Clock
from engine.errors import CopyTraderError


@unique
class ExitStatus(IntEnum):
    """What scripts may rely on."""

    OK = 0
    FAILED = 1
    CONFIG_REFUSED = 2
    ALREADY_RUNNING = 3
    STORE_REFUSED = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where a command reads and writes: answers to ``out``, complaints to ``err``."""

    out: TextIO
    err: TextIO
    input: TextIO

    def say(self, line: str) -> None:
        """Write one line of the answer."""
        self.out.write(f"{line}\n")
        self.out.flush()

    def complain(self, line: str) -> None:
        """Write one line about what is wrong and the mend."""
        # What SQLite says of damage has line breaks; a complaint is one line.
        self.err.write(f"copytrader: {' '.join(line.split())}\n")
        self.err.flush()

    def note(self, line: str) -> None:
        """Write one line beside the answer, as it is."""
        self.err.write(f"{line}\n")
        self.err.flush()

    def show_json(self, value: object) -> None:
        """Write a value of plain JSON types for scripts."""
        self.say(json.dumps(value, indent=2, ensure_ascii=False))

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table: drawn on a terminal, aligned plain text elsewhere."""
        if self.out.isatty():
            drawn = Table(*headers)
            for row in rows:
                drawn.add_row(*row)
            Console(file=self.out).print(drawn, markup=False)
            return
        widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
        for line in (headers, *rows):
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  ".join(cells).rstrip())

    def ask(self, prompt: str) -> str:
        """Return a typed or piped line.

        Raises:
            CopyTraderError: The input has ended.
        """
        self.err.write(f"{prompt} ")
        self.err.flush()
        line = self.input.readline()
        if not line or not self.input.isatty():
            self.err.write("\n")  # nobody pressed Enter: what comes next is a line of its own
        if not line:
            raise CopyTraderError("no input was given - run it again in a terminal")
        return line.strip()

    def ask_secret(self, prompt: str) -> str:
        """Return a line that is not shown while it is typed."""
        if not self.input.isatty():
            return self.ask(prompt)
        return getpass.getpass(f"{prompt} ", stream=self.err)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Everything a command may touch besides its arguments.

    Attributes:
        environ: The real environment.
        folder: Absolute folder the command was called in.
    """

    environ: Mapping[str, str]
    terminal: Terminal
    clock: Clock
    folder: Path
