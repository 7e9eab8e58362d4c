"""Takes secrets out of everything that is logged, whoever logs it."""

import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from engine.core.values.secrets import Secret

HIDDEN = "***"

# Shapes of secrets that are hidden even where nobody registered them.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # A bot token, alone or in a Bot API address. Source: Telegram Bot API, "Making requests".
    (re.compile(r"(?i)(/(?:file/)?bot)\d+:[^/\s\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"\b\d{6,}:[A-Za-z0-9_-]{20,}"), HIDDEN),
    # "Authorization: token api_key:access_token". Source: Kite Connect docs, user.
    (re.compile(r"(?i)\btoken\s+[A-Za-z0-9_-]+:[A-Za-z0-9_-]+"), f"token {HIDDEN}"),
    # Query parameters, form fields, JSON and repr of them.
    (
        re.compile(
            r"(?i)\b(access_token|request_token|refresh_token|public_token|enctoken|api_secret"
            r"|checksum|password|passphrase|totp_secret|totp|otp)"
            r"(\\?[\"']?\s*(?:=|:|%3D)\s*\\?[\"']?)([^\s&\"'\\,;}\])]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # user:password@ in an address.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@\"']+@"), rf"\1{HIDDEN}@"),
)
# Shorter texts would black out half the log and are no secret's length.
_SHORTEST = 6
# What every LogRecord carries; anything else came in by ``extra=``.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Hides registered secrets and everything that has a secret's shape."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        # Replaced as a whole and never changed: other threads log meanwhile.
        self._texts: frozenset[str] = frozenset()
        for secret in secrets:
            self.register(secret)

    def register(self, secret: Secret) -> None:
        """Hide this secret from now on; for those learned later, such as access tokens."""
        text = secret.reveal()
        if len(text) >= _SHORTEST:
            self._texts |= {text, quote(text, safe=""), repr(text)[1:-1]}

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        text = self._without_registered(text)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text

    def _without_registered(self, text: str) -> str:
        """Hide every place where a registered text stands, whole, however they overlap."""
        found = [secret for secret in self._texts if secret in text]
        if not found:
            return text
        spans = sorted(span for secret in found for span in _places(secret, text))
        kept, done = [], 0
        for begin, end in spans:
            if begin >= done:
                kept += [text[done:begin], HIDDEN]
            done = max(done, end)
        return "".join((*kept, text[done:]))

    def clean(self, record: logging.LogRecord) -> bool:
        """Rewrite a record so that message, traceback and extras hold no secret.

        Give it to ``Handler.addFilter``. It never raises and always lets the record pass.
        """
        record.msg = self.redact(_message(record))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        record.exc_info = None
        if record.stack_info:
            record.stack_info = self.redact(record.stack_info)
        for name, value in extras(record).items():
            setattr(record, name, self.redact(value) if isinstance(value, str) else value)
        return True


def _places(secret: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a secret begins and ends in a text, overlaps with itself included."""
    begin = text.find(secret)
    while begin >= 0:
        yield begin, begin + len(secret)
        begin = text.find(secret, begin + 1)


def extras(record: logging.LogRecord) -> dict[str, object]:
    """Return what was given by ``extra=``; anything but numbers and None as text."""
    return {
        name: value if isinstance(value, int | float | None) else str(value)
        for name, value in vars(record).items()
        if name not in _STANDARD
    }


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} (its arguments do not fit)"
