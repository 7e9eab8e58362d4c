"""A value that never shows itself."""

from typing_extensions import override


class Secret:
    """Wraps a secret string; ``repr``, ``str`` and formatting show ``***``.

    Call :meth:`reveal` at the one place that needs the text.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret text."""
        return self._text

    @override
    def __repr__(self) -> str:
        return "Secret(***)"

    @override
    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        """Whether there is any text."""
        return bool(self._text)

    @override
    def __eq__(self, other: object) -> bool:
        """Compare the texts of two secrets."""
        return isinstance(other, Secret) and other._text == self._text

    @override
    def __hash__(self) -> int:
        return hash(self._text)
