"""A line of the log is one line for whoever reads it, files are bounded, and no secret gets past any error."""

import asyncio
import json
import logging
import stat
from io import StringIO

import pytest

from bot import logs
from bot.logs import LOG_FILE, logging_to
from bot.settings.table import LogFormat, LogLevel
from engine.core.values.secrets import Secret

SECRET = "canary-S3cret"
LOG = logging.getLogger("engine.test")
# What some reader takes for the end of a line, or a terminal for an order.
ODD = "a\nb\rc\x0bd\x0ce\x1b[2Jf\x85g\u2028h\u2029i\x7fj\x9bk"


def written(folder, act, form):
    """Log at DEBUG while ``act`` runs; return stderr and file."""
    shown = StringIO()
    with logging_to(
        folder, level=LogLevel.DEBUG, form=form, secrets=[Secret(SECRET)], stderr=shown
    ):
        act()
    return shown.getvalue(), (folder / LOG_FILE).read_text()


@pytest.mark.parametrize("form", LogFormat)
def test_no_text_ends_a_line_or_reaches_the_terminal_as_an_order(tmp_path, form):
    for text in written(tmp_path, lambda: LOG.info("odd %s", ODD, extra={"why": ODD}), form):
        (line,) = text.splitlines()
        assert line.isprintable()
    if form is LogFormat.JSON:
        assert json.loads(line)["message"] == f"odd {ODD}"
        assert json.loads(line)["why"] == ODD


@pytest.mark.parametrize("form", LogFormat)
def test_no_text_of_an_error_looks_like_a_line_of_the_log(tmp_path, form):
    def act():
        error = RuntimeError("gone\n2026-11-27 10:00:00 INFO engine.lanes: forged")
        LOG.error("failed", exc_info=error)

    _, kept = written(tmp_path, act, form)
    assert "forged" in kept
    assert not any(line.startswith("2026-11-27 10:00:00 INFO") for line in kept.splitlines())
    if form is LogFormat.JSON:
        assert len(kept.splitlines()) == 1


async def fails(text):
    raise ValueError(text)


async def fail_in_a_group():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails(f"one {SECRET}"))
        group.create_task(fails(f"other {SECRET}"))


@pytest.mark.parametrize("form", LogFormat)
def test_no_secret_gets_past_a_group_of_errors_a_note_or_a_repr(tmp_path, form):
    class Odd(Exception):  # noqa: N818 - of nobody
        def __repr__(self):
            return f"Odd({SECRET})"

        def __str__(self):
            return SECRET

    def act():
        try:
            asyncio.run(fail_in_a_group())
        except ExceptionGroup as group:
            group.add_note(f"while {SECRET}")
            LOG.debug("a group", exc_info=group)
        LOG.debug("an error as a value: %r", Odd(), extra={"error": Odd(), "many": [Odd()]})
        error = Odd()
        error.__cause__ = KeyError(SECRET)
        LOG.critical("odd", exc_info=error, stack_info=True)

    for text in written(tmp_path, act, form):
        assert "canary" not in text
        assert "***" in text
        assert "DEBUG" in text


@pytest.mark.parametrize("form", LogFormat)
def test_logs_are_ten_files_at_most_each_for_its_owner_only(tmp_path, form, monkeypatch):
    monkeypatch.setattr(logs, "_FILE_BYTES", 2_000)
    written(tmp_path, lambda: [LOG.info("line %d %s", n, "x" * 100) for n in range(400)], form)
    files = sorted(tmp_path.iterdir())
    assert [one.name for one in files] == [LOG_FILE, *(f"{LOG_FILE}.{n}" for n in range(1, 10))]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    assert all(one.stat().st_size <= 2_000 for one in files)
    assert "line 399" in files[0].read_text(), "the newest lines are kept"
