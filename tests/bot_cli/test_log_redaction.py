"""No secret reaches a log, at any level, in any field, whoever wrote it."""

import json
import logging
import stat
import threading
from io import StringIO

import pytest

from bot.logs import LOG_FILE, logging_to, register_secret
from bot.redaction import Redactor
from bot.settings.table import LogFormat, LogLevel
from engine.core.values.secrets import Secret

CANARY = 'canary-S3cret/+"x'


@pytest.fixture
def log(tmp_path):
    """Log at DEBUG while the returned function runs, and return (stderr, file)."""

    def during(act, form=LogFormat.HUMAN):
        stderr = StringIO()
        with logging_to(
            tmp_path / "logs",
            level=LogLevel.DEBUG,
            form=form,
            secrets=[Secret(CANARY)],
            stderr=stderr,
        ):
            act()
        return stderr.getvalue(), (tmp_path / "logs" / LOG_FILE).read_text()

    return during


@pytest.mark.parametrize(
    "text",
    [
        "https://api.telegram.org/bot123456789:AAEabcdefghijklmnopqrstuvwxyz012345/getMe",
        "https://api.telegram.org/file/bot1:canary/x",
        "token is 123456789:AAEcanarycanarycanarycanarycanary0",
        "Authorization: token apikey:canarytoken",
        "{'Authorization': 'token apikey:canary'}",
        "GET /?api_key=abc&access_token=canary&x=1",
        "redirect?status=success&request_token=canary",
        '{"access_token": "canary", "user_id": "AB1234"}',
        "{'api_secret': 'canary'}",
        '"{\\"enctoken\\": \\"canary\\"}"',
        "checksum=canary",
        "redirect_params=request_token%3Dcanary",
        "password: canary",
        "passphrase=canary",
        '{"refresh_token": "canary", "public_token": "canary"}',
        "totp_secret=canary",
        "totp: canary",
        "otp=canary",
        "smtp://me:canary@mail.example:25",
        "socks5://user:canary@10.0.0.1:1080 failed",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    hidden = Redactor().redact(text)
    assert "canary" not in hidden
    assert "AAE" not in hidden
    assert "***" in hidden


def test_ordinary_lines_stay_readable():
    line = "order 251122000012345 COMPLETE NFO:NIFTY26NOVFUT 75 @ 24510.05, token ok, 10:00:01"
    assert Redactor().redact(line) == line


def test_registered_secrets_that_overlap_are_hidden_whole():
    secrets = ("first-secret", "secret-second", "second", "first-secret-second-and-more", "ababab")
    redactor = Redactor(map(Secret, secrets))
    assert redactor.redact("(first-secret-second)") == "(***)"
    assert redactor.redact("second first-secret-second-and-more") == "*** ***"
    assert redactor.redact("x abababab y") == "x *** y"
    assert redactor.redact("a first-secre t") == "a first-secre t"


def fail_with_a_cause():
    try:
        int(CANARY)
    except ValueError as inner:
        raise RuntimeError(f"outer {CANARY}") from inner


@pytest.mark.parametrize("form", LogFormat)
def test_a_registered_secret_reaches_no_line_no_extra_and_no_traceback(log, form):
    logger = logging.getLogger("engine.test")

    def act():
        logger.debug("plain %s", CANARY)
        logger.info("quoted %r in %s", CANARY, {"key": CANARY})
        logger.warning("extra", extra={"follower": CANARY, "raw": {"nested": CANARY}})
        logger.error("arguments do not fit %d", CANARY)
        try:
            fail_with_a_cause()
        except RuntimeError:
            logger.exception("failed", stack_info=True)
        thread = threading.Thread(target=lambda: int(CANARY), name="t")
        thread.start()
        thread.join()
        register_secret(Secret("learned-later"))
        logger.info("learned-later")

    shown, kept = log(act, form)
    for text in (shown, kept):
        assert "canary" not in text
        assert "learned-later" not in text
        assert "***" in text
    assert "RuntimeError: outer" in kept
    assert "Traceback" in kept
    assert "a thread died" in kept


def test_people_watching_see_no_traceback(log):
    def act():
        try:
            int("broken")
        except ValueError:
            logging.getLogger("x").exception("failed")

    shown, kept = log(act)
    assert "Traceback" not in shown
    assert "'broken'; traceback in the log file" in shown
    assert "Traceback" in kept


def test_a_line_break_in_a_message_forges_no_line(log):
    shown, _ = log(lambda: logging.getLogger("x").info("a\n2026-11-22 ERROR forged"))
    assert len(shown.splitlines()) == 1


def test_json_lines_carry_the_fields(log):
    act = lambda: logging.getLogger("x").info("copied", extra={"follower": "asha", "lag_ms": 12})  # noqa: E731
    shown, _ = log(act, LogFormat.JSON)
    line = json.loads(shown)
    assert (line["message"], line["follower"], line["lag_ms"]) == ("copied", "asha", 12)
    assert line["at"].endswith("+05:30")


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.http11", "websockets.client", "telegram.ext.Updater"]
)
def test_libraries_that_log_addresses_stay_quiet_at_debug(log, name):
    shown, kept = log(lambda: logging.getLogger(name).info("GET https://…"))
    assert shown == kept == ""


def test_log_files_are_for_their_owner_only(log, tmp_path):
    log(lambda: logging.getLogger("x").info("hello"))
    assert stat.S_IMODE((tmp_path / "logs" / LOG_FILE).stat().st_mode) == 0o600


def test_logging_leaves_the_process_as_it_was(log):
    root = logging.getLogger()
    before = root.level, list(root.handlers), logging.raiseExceptions
    log(lambda: None)
    assert (root.level, list(root.handlers), logging.raiseExceptions) == before
