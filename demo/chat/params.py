"""Reads the parameters of a Bot API call, however the client wrapped them.

Source: Telegram Bot API, "Making requests": query string, urlencoded form, JSON or multipart.
"""

import json
from dataclasses import dataclass, field

from demo.chat.errors import bad_request


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file part of a multipart call."""

    file_name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of one call; forms carry text only, JSON bodies carry typed values."""

    values: dict[str, object] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a parameter as text, empty if missing."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int) -> int:
        """Return a whole number; the default also stands in for what is not a number."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """Return a Boolean, False if missing."""
        return self.text(name).lower() in {"true", "1", "yes"}

    def decoded(self, name: str) -> object:
        """Return a parameter that holds JSON, decoded; None if missing.

        Raises:
            ApiError: 400, it is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def chat_id(self) -> int:
        """Return the numeric chat id; 400 if there is none."""
        raw = self.text("chat_id")
        if not raw:
            raise bad_request("chat_id is empty")
        try:
            return int(raw)
        except ValueError as error:
            raise bad_request("chat not found") from error

    def message_id(self) -> int:
        """Return the message id; 400 if there is none."""
        value = self.integer("message_id", 0)
        if value <= 0:
            raise bad_request("message identifier is not specified")
        return value
