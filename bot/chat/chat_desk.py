"""What the chat needs of the engine's door besides what everybody may call."""

from typing import Protocol

from engine.control import ControlDesk


class ChatDesk(ControlDesk, Protocol):
    """The engine's door as the chat uses it."""

    def open_entries(self) -> int:
        """Return how many of the master's working entries a start may copy too."""
        ...
