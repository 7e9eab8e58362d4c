"""Looks for planted secrets wherever the real process may have left them."""

import base64
import contextlib
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from bot.cli.backup import backup_source
from bot.settings.names import recognise
from demo.stage import Stage
from engine.clock import SystemClock
from storage.backup_file import make_backup
from storage.backup_reading import unpack
from storage.recovery_key import RecoveryKey
from storage.vault import Vault, env_context
from tests.bot_chat.chat_server import TOKEN, TOTP_SECRET, Call
from tests.e2e.conftest import until

BACKUP = "planted.backup"
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


def places(stage: Stage, calls: Iterable[Call]) -> Iterator[tuple[str, bytes]]:
    """Yield each place with its content: output, logs, store, backup, the chat, and the processes."""
    folder = stage.plan.folder
    for path in (folder / "program.log", *sorted((folder / "var").rglob("*"))):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
    yield from _backed_up(folder)
    yield "the chat", "\n".join(str(call.fields) for call in calls).encode()
    for pid in _with_children(stage._process.pid):
        for what in ("cmdline", "environ", "comm"):
            # Not even we may read the environment of a process that allows no dumps of itself.
            with contextlib.suppress(PermissionError):
                yield f"{what} of {pid}", (Path("/proc") / f"{pid}/{what}").read_bytes()


def _with_children(pid: int) -> list[int]:
    """Return a process and all below it; none of a process that ended while we looked."""
    found = [pid]
    for one in found:
        tasks = Path(f"/proc/{one}/task").glob("*/children")
        found += [int(child) for task in tasks for child in task.read_text().split()]
    return found


def _backed_up(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Make a backup beside the program, and yield the file and each part of it as its owner opens it."""
    vault = Vault.from_key_file(folder / "key" / "key")
    lines = []
    for line in (folder / ".env").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        known = recognise(name)
        secret = known is not None and known.key.secret
        lines.append(f"{name}={vault.seal(value, env_context(name))}" if secret else line)
    sealed_env = folder / "sealed.env"
    sealed_env.write_text("\n".join(lines), encoding="utf-8")
    key, target, opened = RecoveryKey.new(), folder / BACKUP, folder / "opened"
    opened.mkdir(mode=0o700)
    source = backup_source(folder / "var", sealed_env)
    make_backup(source, target, key.lock, at=SystemClock().now())
    yield target.name, target.read_bytes()
    unpack(target, key, opened)
    for part in sorted(opened.iterdir()):
        yield f"{part.name} of the backup", part.read_bytes()


def forms(secret: str) -> Iterator[bytes]:
    """Yield a secret as it may stand in a file: plain, in another encoding, or encoded for a wire."""
    plain = secret.encode()
    yield from {plain, quote(secret, safe="").encode(), secret.encode("utf-16-le")}
    yield from {plain.hex().encode(), plain.hex().upper().encode()}
    for before in range(3):  # bytes ahead of it in a group of three, which its letters depend on
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * before + plain).rstrip(b"=")
            yield whole[(0, 2, 3)[before] : len(whole) - 1]


def leaks(
    stage: Stage, calls: Iterable[Call], secrets: Collection[tuple[str, str]], code: str
) -> list[str]:
    """Return which secret was found where, in whatever form; a code counts only where it stands alone."""
    alone = re.compile(rb"(?<![\d.])%b(?!\d)" % code.encode())
    sought = [(name, form) for name, secret in secrets for form in forms(secret)]
    found, looked_at = [], []
    for where, content in places(stage, calls):
        looked_at.append(where)
        found += [f"{name} in {where}" for name, form in sought if form in content]
        # A backup is random bytes: six digits stand in it by chance.
        found += [f"code in {where}"] if where != BACKUP and alone.search(content) else []
    missing = {"program.log", "var/journal.db", "var/journal.db-wal", BACKUP} - {*looked_at}
    return [*found, *(f"{one} was not looked at" for one in sorted(missing))]


async def until_quoted(stage: Stage, *words: str) -> None:
    """Wait until the log holds all these words: what is looked through is really there."""
    log = stage.plan.folder / "var" / "logs" / "copytrader.log"
    await until(
        lambda: all(word in log.read_text(encoding="utf-8") for word in words), what=str(words)
    )
