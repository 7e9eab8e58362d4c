"""What a command is given: the outside world in one value, so that tests can give another."""

import getpass
import json
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum, unique
from pathlib import Path
from textwrap import wrap
from threading import Timer
from typing import Literal, TextIO

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from engine.clock import Clock
from engine.errors import CopyTraderError

Side = Literal["left", "right"]

#: Seconds after which a person wants to know that something still happens.
PATIENCE_S = 2.0
# Columns below which folded text reads worse than lines that the terminal breaks.
_LEAST_ROOM = 30


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
    """Where a command reads and writes: answers to ``out``, complaints to ``err``.

    Attributes:
        plain: No colours, frames or motion, though it is a terminal. Source: no-color.org.
        patience_s: Seconds of waiting after which progress is shown.
    """

    out: TextIO
    err: TextIO
    input: TextIO
    plain: bool = False
    patience_s: float = PATIENCE_S

    @property
    def draws(self) -> bool:
        """Whether the answer may be drawn: a terminal that takes more than plain text."""
        return self.out.isatty() and not self.plain

    @contextmanager
    def working(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show that something goes on once it takes long, on a terminal; nothing in a pipe.

        Args:
            what: What goes on.

        Yields:
            Takes other words for it as it goes on, from any thread.
        """
        if self.plain or not self.err.isatty():
            yield _unshown
            return
        status = Console(file=self.err).status(escape(what))
        late = Timer(self.patience_s, status.start)
        late.daemon = True
        late.start()
        try:
            yield lambda words: status.update(escape(words))
        finally:
            late.cancel()
            late.join()
            status.stop()

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

    def show_json(self, answer: msgspec.Struct) -> None:
        """Write an answer of ``json_answers`` for scripts."""
        self.say(
            json.dumps(
                msgspec.to_builtins(answer, order="deterministic"), indent=2, ensure_ascii=False
            )
        )

    def say_folded(self, lead: str, text: str, *, style: str = "") -> None:
        """Write one line of the answer, on a terminal folded so that ``lead`` stands out, in rich's ``style``."""
        room = Console(file=self.out).width - len(lead) if self.draws else 0
        lines = wrap(text, room) if room >= _LEAST_ROOM else [text]
        for line in lines or [""]:
            if style and lead.strip() and self.draws:
                drawn = Text.assemble((lead, style), line)
                Console(file=self.out).print(drawn, soft_wrap=True)
            else:
                self.say(f"{lead}{line}".rstrip())
            lead = " " * len(lead)

    def table(
        self,
        headers: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        numbers: Container[str] = (),
    ) -> None:
        """Write a table of aligned plain text; on a terminal with its headings in bold.

        Args:
            headers: One per column.
            rows: Of as many cells.
            numbers: Headings of the columns that are aligned to the right.
        """
        if self.draws:
            # No frame: its lines would take the columns that long symbols need.
            drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
            for header in headers:
                side: Side = "right" if header in numbers else "left"
                drawn.add_column(escape(header), justify=side, overflow="fold")
            for row in rows:
                drawn.add_row(*(escape(cell) for cell in row))
            Console(file=self.out).print(drawn)
            return
        widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
        for line in (headers, *rows):
            cells = (
                cell.rjust(width) if header in numbers else cell.ljust(width)
                for header, cell, width in zip(headers, line, widths, strict=True)
            )
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


def _unshown(_words: str) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """Everything a command may touch besides its arguments.

    Attributes:
        environ: The real environment; it may hold the passphrase.
        folder: Absolute folder the command was called in.
    """

    environ: Mapping[str, str] = field(repr=False)
    terminal: Terminal
    clock: Clock
    folder: Path
