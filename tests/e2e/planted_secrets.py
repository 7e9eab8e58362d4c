"""Looks for planted secrets wherever the real process may have left them."""

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from demo.stage import Stage
from tests.bot_chat.chat_server import TOKEN, TOTP_SECRET, Call
from tests.e2e.conftest import until

MAIL_PASSWORD = "cAnArYmailcAnArYmail"
HOOK = "cAnArYhookcAnArYhookcAnArYhook"
#: Channels that nobody listens to: what fails is logged with its reason.
CHANNELS = {
    "EMAIL__SMTP_URL": f"smtp://copy:{MAIL_PASSWORD}@127.0.0.1:1",
    "EMAIL__FROM": "copy@example.com",
    "EMAIL__TO": "asha@example.com",
    "EMAIL__MIN_SEVERITY": "info",
    "DISCORD__WEBHOOK_URL": f"http://127.0.0.1:1/api/webhooks/1/{HOOK}",
    "DISCORD__MIN_SEVERITY": "info",
}


def planted(stage: Stage, pasted: Iterable[str]) -> dict[str, str]:
    """Return what must not be found: what is set, what was pasted, and the sessions that came of it."""
    secrets = {
        "bot token": TOKEN,
        "secret half of the bot token": TOKEN.partition(":")[2],
        "authenticator": TOTP_SECRET,
        "mail password": MAIL_PASSWORD,
        "webhook": HOOK,
    }
    for name in ("master", *stage.names):
        secrets[f"{name}: api secret"] = stage.exchange.accounts.by_user(
            stage.user_id(name)
        ).api_secret
    for number, address in enumerate(pasted):
        (token,) = parse_qs(urlsplit(address).query)["request_token"]
        secrets[f"request token {number}"] = token
    for number, token in enumerate(stage.exchange.sessions._sessions):
        secrets[f"access token {number}"] = token
    return secrets


def places(stage: Stage, calls: Iterable[Call]) -> Iterator[tuple[str, str]]:
    """Yield each place with its content: output, logs, store, the chat, and the processes."""
    folder = stage.plan.folder
    for path in (folder / "program.log", *sorted((folder / "var").rglob("*"))):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes().decode("utf-8", "replace")
    yield "the chat", "\n".join(str(call.fields) for call in calls)
    for pid in _with_children(stage._process.pid):
        for what in ("cmdline", "environ", "comm"):
            # Not even we may read the environment of a process that allows no dumps of itself.
            with contextlib.suppress(PermissionError):
                yield (
                    f"{what} of {pid}",
                    (Path("/proc") / f"{pid}/{what}").read_text(errors="replace"),
                )


def _with_children(pid: int) -> list[int]:
    """Return a process and all below it; none of a process that ended while we looked."""
    found = [pid]
    for one in found:
        tasks = Path(f"/proc/{one}/task").glob("*/children")
        found += [int(child) for task in tasks for child in task.read_text().split()]
    return found


def leaks(
    stage: Stage, calls: Iterable[Call], secrets: Collection[tuple[str, str]], code: str
) -> list[str]:
    """Return which secret was found where; a code counts only where it stands alone."""
    alone = re.compile(rf"(?<![\d.]){code}(?!\d)")
    found = []
    for where, content in places(stage, calls):
        found += [f"{name} in {where}" for name, secret in secrets if secret in content]
        found += [f"code in {where}"] if alone.search(content) else []
    return found


async def until_quoted(stage: Stage, *words: str) -> None:
    """Wait until the log holds all these words: what is looked through is really there."""
    log = stage.plan.folder / "var" / "logs" / "copytrader.log"
    await until(
        lambda: all(word in log.read_text(encoding="utf-8") for word in words), what=str(words)
    )
