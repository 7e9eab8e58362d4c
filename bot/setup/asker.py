"""What the wizard needs of whoever answers it: a person at a terminal, or a test."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One line of a menu; ``value`` is what the code goes by."""

    value: str
    text: str


class Asker(Protocol):
    """Asks and tells. Every question may end in ``KeyboardInterrupt``: let it pass."""

    def heading(self, text: str) -> None:
        """Begin a part."""
        ...

    def say(self, text: str) -> None:
        """Tell something, folded to the width."""
        ...

    def good(self, text: str) -> None:
        """Tell that something is well."""
        ...

    def bad(self, text: str) -> None:
        """Tell what is wrong and the mend."""
        ...

    def copyable(self, text: str) -> None:
        """Show one line that is selected and copied, never folded."""
        ...

    def text(self, ask: str) -> str:
        """Return what was typed, stripped; empty for Enter alone."""
        ...

    def secret(self, ask: str) -> str:
        """Return what was typed without showing it; empty for Enter alone."""
        ...

    def choose(self, ask: str, choices: Sequence[Choice], default: str) -> str:
        """Return the value of the line that was chosen."""
        ...

    def agree(self, ask: str, *, default: bool) -> bool:
        """Return yes or no."""
        ...

    def qr(self, text: str) -> None:
        """Show a QR code where the window has room for it."""
        ...

    def waiting(self, text: str) -> AbstractContextManager[Callable[[], bool]]:
        """Show that something is waited for; the function tells whether Enter was pressed."""
        ...
