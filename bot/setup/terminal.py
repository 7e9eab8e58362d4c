"""The wizard's only file that talks to a terminal: questionary asks, rich prints."""

import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import wrap

import questionary
import segno
from questionary import Style
from rich.console import Console
from rich.text import Text
from typing_extensions import override

from bot.setup.asker import Asker, Choice

_STYLE = Style([("qmark", "fg:#5f87d7 bold"), ("question", "bold"), ("answer", "fg:#5faf5f")])
_MARK = "?"
#: Columns before the text of a line in a menu: `` » 1) ``.
_LEAD = 6
#: As many lines have a number or letter of their own in the library.
_MOST_SHORTCUTS = 30
#: Columns below which folding makes nothing better.
_LEAST_ROOM = 20


class TerminalAsker(Asker):
    """Implements :class:`Asker` for the person at this process's terminal.

    Args:
        console: Where is printed; this process's output by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    @override
    def heading(self, text: str) -> None:
        self._console.print()
        self._print(text, style="bold blue")

    @override
    def say(self, text: str) -> None:
        self._print(text)

    @override
    def good(self, text: str) -> None:
        self._print(f"✓ {text}" if self._is_utf8 else text, style="green")

    @override
    def bad(self, text: str) -> None:
        self._print(f"✗ {text}" if self._is_utf8 else text, style="red")

    @override
    def copyable(self, text: str) -> None:
        # soft_wrap: the terminal breaks the line itself, and what is selected is one line.
        self._console.print(Text(f"  {text}", style="bold"), soft_wrap=True)

    @override
    def text(self, ask: str) -> str:
        answer = questionary.text(self._folded(ask), qmark=_MARK, style=_STYLE).unsafe_ask()
        return str(answer).strip()

    @override
    def secret(self, ask: str) -> str:
        answer = questionary.password(self._folded(ask), qmark=_MARK, style=_STYLE).unsafe_ask()
        return str(answer).strip()

    @override
    def choose(self, ask: str, choices: Sequence[Choice], default: str) -> str:
        offered = [
            questionary.Choice(title=self._folded(one.text, lead=_LEAD), value=one.value)
            for one in choices
        ]
        first = next(one for one in offered if one.value == default)
        answer = questionary.select(
            self._folded(ask),
            offered,
            default=first,
            qmark=_MARK,
            style=_STYLE,
            use_shortcuts=len(offered) <= _MOST_SHORTCUTS,
            instruction="(arrows or number)",
        ).unsafe_ask()
        return str(answer)

    @override
    def agree(self, ask: str, *, default: bool) -> bool:
        # Without auto_enter=False the Enter that people press behind "y" answers the next question.
        answer = questionary.confirm(
            self._folded(ask), default=default, qmark=_MARK, style=_STYLE, auto_enter=False
        ).unsafe_ask()
        return bool(answer)

    @override
    def qr(self, text: str) -> None:
        lines = qr_lines(text, room=self._console.width)
        if not lines or not self._is_utf8:
            self._console.print(
                Text("(The window is too narrow for a QR code.)", style="dim")
                if self._is_utf8
                else Text("(This terminal cannot show a QR code.)", style="dim")
            )
            return
        for line in lines:
            # Black on white whatever the theme: scanners want dark squares on a light ground.
            self._console.print(Text(line, style="black on white"), soft_wrap=True)

    @override
    @contextmanager
    def waiting(self, text: str) -> Iterator[Callable[[], bool]]:
        with self._console.status(Text(text)):
            yield _enter_was_pressed

    def _print(self, text: str, style: str = "") -> None:
        """Print a text, whatever letters this terminal has: answers are not lost over a sign."""
        if not self._is_utf8:
            encoding = self._console.encoding
            text = text.replace("₹", "Rs ").encode(encoding, "replace").decode(encoding)
        self._console.print(Text(text, style=style))

    def _folded(self, text: str, lead: int = len(_MARK) + 1) -> str:
        """Return a text broken between words; the library breaks within them, or cuts it off."""
        room = max(self._console.width - lead - 1, _LEAST_ROOM)
        return f"\n{' ' * lead}".join(wrap(text, room, break_on_hyphens=False))

    @property
    def _is_utf8(self) -> bool:
        return self._console.encoding.lower().replace("-", "") == "utf8"


def qr_lines(text: str, *, room: int) -> list[str]:
    """Return a QR code as lines of half blocks, two squares in the height of a letter.

    Args:
        text: What it says.
        room: Columns there are; the light border shrinks from 4 squares to 1 to fit. Empty lines
            where nothing fits.
    """
    code = segno.make(text, error="l", micro=False)
    side = len(code.matrix)
    border = next((one for one in (4, 2, 1) if side + 2 * one <= room), None)
    if border is None:
        return []
    rows = [list(map(bool, row)) for row in code.matrix_iter(border=border)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(map(_half_block, upper, lower)) for upper, lower in pairs]


def _half_block(upper: bool, lower: bool) -> str:  # noqa: FBT001 - two squares of one letter
    return {(True, True): "█", (True, False): "▀", (False, True): "▄"}.get((upper, lower), " ")


def _enter_was_pressed() -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    if ready:
        sys.stdin.readline()
    return bool(ready)
