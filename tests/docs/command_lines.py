"""The command lines that the pages show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Blocks of other languages are texts, settings or programs.
SHELL = frozenset({"console", "sh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A command line on a page.

    Attributes:
        page: Its file.
        number: Line, from 1.
        text: As it is typed, without the prompt.
    """

    page: str
    number: int
    text: str

    @property
    def words(self) -> list[str]:
        """The line as a shell splits it, without a comment at its end; of a pipe what is before it."""
        words = shlex.split(self.text, comments=True)
        return words[: words.index("|")] if "|" in words else words

    @property
    def piped_into(self) -> list[str]:
        """What is after the pipe; empty where there is none."""
        words = shlex.split(self.text, comments=True)
        return words[words.index("|") + 1 :] if "|" in words else []


def pages() -> list[Path]:
    """Return every page that people read; decisions are history."""
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").glob("*.md")),
    ]


def shown_lines() -> Iterator[Shown]:
    """Yield each command line of a ``console`` or ``sh`` block; of ``console`` those with a prompt."""
    for page in pages():
        language = None
        lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), start=1))
        for number, line in lines:
            fence = re.fullmatch(r"\s*```(\w*)", line)
            if fence:
                language = fence[1] if language is None else None
                continue
            text = line.strip()
            if language == "console":
                text = text.removeprefix("$ ") if text.startswith("$ ") else ""
            if language in SHELL and text and not text.startswith("#"):
                while text.endswith("\\"):
                    text = text[:-1] + next(lines)[1].strip()
                yield Shown(page=page.relative_to(ROOT).as_posix(), number=number, text=text)


def unmarked_lines() -> Iterator[Shown]:
    """Yield what looks like a command line in a block that says no language, so that nobody runs it."""
    for page in pages():
        language = None
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            fence = re.fullmatch(r"\s*```(\w*)", line)
            if fence:
                language = fence[1] if language is None else None
            elif language == "" and re.match(
                r"\s*(\$ |copytrader |make |python3? |git |docker |sudo |systemctl |pip )", line
            ):
                yield Shown(page=page.relative_to(ROOT).as_posix(), number=number, text=line)


def inline_commands() -> Iterator[Shown]:
    """Yield each ``copytrader …`` that stands within a sentence."""
    for page in pages():
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            for text in re.findall(r"`(copytrader [a-z][^`]*)`", line):
                yield Shown(page=page.relative_to(ROOT).as_posix(), number=number, text=text)
