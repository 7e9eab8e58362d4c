"""Logging: to stderr and to a rotating file, off the event loop, without secrets."""

import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import TextIO

from bot.redaction import Redactor, extras
from bot.settings.table import LogFormat, LogLevel
from engine.core.values.market import IST
from engine.core.values.secrets import Secret

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

LOG_FILE = "copytrader.log"

# Libraries that write addresses with tokens, or every frame, at INFO and DEBUG.
_NOISY = (
    *("httpx", "httpcore", "hpack", "websockets", "telegram", "telegram.ext", "asyncio"),
    *("urllib3", "twilio"),
)
# 10 files of 10 MB: some weeks of INFO, and never the whole disk.
_FILE_BYTES = 10_000_000
_FILES = 9
# What ends a line for some reader, or means something to a terminal: C0, DEL, C1 (U+0085 among them) and
# Unicode's own separators of lines and paragraphs.
# Written so that JSON reads them back.
_CONTROLS = {
    **{code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)},
    ord("\t"): "\t",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
}
# When stderr blocks (a paused terminal), lines beyond this are dropped: trading goes on.
_QUEUED_LINES = 10_000


def register_secret(secret: Secret) -> None:
    """Hide a secret that was learned while running, such as an access token, from the log."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Enqueue):
            handler.redactor.register(secret)


@contextmanager
def logging_to(
    folder: Path,
    *,
    level: LogLevel,
    form: LogFormat,
    secrets: Iterable[Secret],
    stderr: TextIO,
) -> Iterator[None]:
    """Log while the block runs; whatever is still queued is written at its end.

    Args:
        folder: ``DATA_DIR/logs``, made 0700; its files are 0600.
        level: Of our own loggers; libraries that log addresses stay at WARNING.
        form: Of each line. Human lines on stderr show no traceback; the file does.
        secrets: Hidden wherever they appear, besides everything that looks like one.
        stderr: Where people watch.
    """
    root = logging.getLogger()
    before = root.level, tuple(root.handlers), logging.raiseExceptions
    listener, enqueue = _handlers(folder, form, Redactor(secrets), stderr)
    root.handlers[:] = [enqueue]
    root.setLevel(level.value)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.raiseExceptions = False  # a log line that fails would be shown raw, secrets and all
    logging.captureWarnings(capture=True)
    listener.start()
    try:
        with _uncaught_to_log():
            yield
    finally:
        listener.stop()
        logging.captureWarnings(capture=False)
        for handler in (enqueue, *listener.handlers):
            handler.close()
        root.handlers[:] = before[1]
        root.setLevel(before[0])
        logging.raiseExceptions = before[2]


class HumanFormatter(logging.Formatter):
    """``12:00:01 WARNING engine.lanes: message  follower=asha``."""

    def __init__(self, *, with_traceback: bool) -> None:
        super().__init__()
        self._with_traceback = with_traceback

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, IST)
        more = "".join(f"  {name}={value}" for name, value in extras(record).items())
        text = _one_line(f"{record.getMessage()}{more}")
        line = f"{at:%Y-%m-%d %H:%M:%S} {record.levelname} {record.name}: {text}"
        if not record.exc_text:
            return line
        if self._with_traceback:
            # Indented, so that no text of an error can look like a line of the log.
            below = (f"    {_one_line(each)}" for each in record.exc_text.splitlines())
            return "\n".join((line, *below))
        last = _one_line(record.exc_text.splitlines()[-1])
        return f"{line}  ({last}; traceback in the log file)"


class JsonFormatter(logging.Formatter):
    """One JSON object a line; a traceback is one field of it."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, IST).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_text:
            fields["traceback"] = record.exc_text
        return _one_line(json.dumps(fields, ensure_ascii=False))


class _Enqueue(QueueHandler):
    """Cleans a record where it is made and leaves the writing to another thread."""

    def __init__(self, lines: "queue.Queue[logging.LogRecord]", redactor: Redactor) -> None:
        super().__init__(lines)
        self.redactor = redactor
        self.addFilter(redactor.clean)

    @override
    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # the redactor has made it plain text already


class _PrivateFile(RotatingFileHandler):
    """A rotating file whose every generation is 0600."""

    @override
    def _open(self) -> TextIOWrapper:
        return open(
            self.baseFilename,
            "a",
            encoding="utf-8",
            opener=lambda name, flags: os.open(name, flags, 0o600),
        )


def _one_line(text: str) -> str:
    """Return a text that is one line for every reader and draws nothing on a terminal."""
    return text.translate(_CONTROLS)


def _handlers(
    folder: Path, form: LogFormat, redactor: Redactor, stderr: TextIO
) -> tuple[QueueListener, _Enqueue]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    watched = logging.StreamHandler(stderr)
    kept = _PrivateFile(folder / LOG_FILE, maxBytes=_FILE_BYTES, backupCount=_FILES)
    if form is LogFormat.JSON:
        watched.setFormatter(JsonFormatter())
        kept.setFormatter(JsonFormatter())
    else:
        watched.setFormatter(HumanFormatter(with_traceback=False))
        kept.setFormatter(HumanFormatter(with_traceback=True))
    lines: queue.Queue[logging.LogRecord] = queue.Queue(_QUEUED_LINES)
    return QueueListener(lines, watched, kept), _Enqueue(lines, redactor)


@contextmanager
def _uncaught_to_log() -> Iterator[None]:
    """Send exceptions that nobody caught to the log, where they are redacted."""
    log = logging.getLogger("uncaught")
    hooks = threading.excepthook, sys.unraisablehook

    def in_thread(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        log.error("a thread died", exc_info=error or True)

    def unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.error("an error nobody could catch", exc_info=args.exc_value or True)

    threading.excepthook, sys.unraisablehook = in_thread, unraisable
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
