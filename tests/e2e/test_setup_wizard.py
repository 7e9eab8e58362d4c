"""The whole wizard in a pseudo-terminal, before a local Telegram, as a new user meets it."""

import asyncio
import re
import sys
from datetime import datetime
from pathlib import Path

import pexpect
import pyotp

from demo.chat.server import ChatServer
from engine.core.values.market import IST
from tests.bot_cli.cli_builders import command

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAEcanarycanarycanarycanarycanary0"
OWNER = 4242
#: A port that refuses: Kite says nothing about a key, which is then taken as it is.
NOBODY = "http://127.0.0.1:9"
ENTER, DOWN = "\r", "\x1b[B"


class Typist:
    """Waits for a question, answers it, and remembers the screen without its colours."""

    def __init__(self, folder: Path, api_url: str) -> None:
        places = {"HOME": str(folder), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        # No wait for the cursor's position: nobody answers that here.
        looks = {"TERM": "xterm", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.child = pexpect.spawn(
            sys.executable,
            ["-P", "-m", "bot", "setup"],
            cwd=str(folder),
            env={**places, **looks, "TELEGRAM__API_URL": api_url, "KITE__LOGIN_URL": NOBODY},
            dimensions=(60, 80),
            encoding="utf-8",
            timeout=20,
        )
        self.child.delaybeforesend = None
        self.screen = ""

    def answer(self, question: str, typed: str = "") -> None:
        self.until(question)
        self.child.send(typed + ENTER)

    def until(self, words: str) -> str:
        self.child.expect_exact(words)
        shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.child.before + self.child.after)
        self.screen += shown
        return shown

    def end(self) -> int:
        self.child.expect(pexpect.EOF)
        self.screen += self.child.before
        self.child.close()
        return self.child.exitstatus


async def test_a_new_user_is_set_up_and_paired_and_the_doctor_is_content(tmp_path):
    server = ChatServer(token=TOKEN, now=lambda: datetime.now(IST))  # noqa: TID251 - a server's
    await server.start()
    try:
        owner = server.user(OWNER, "Ravi", username="ravi", has_started=False)
        server.user(9, "Eve").send("/start AAAA-BBBB-CCCC")
        loop = asyncio.get_running_loop()

        def press_start(code: str) -> None:
            loop.call_soon_threadsafe(owner.send, f"/start {code}")

        typist = await asyncio.to_thread(play, tmp_path, server.api_url, press_start)
        told = [message.text for message in owner.messages()]
    finally:
        await server.stop()
    assert typist.child.exitstatus == 0, typist.screen
    assert f"@{server.telegram.bot.username}" in typist.screen
    assert told[-1].startswith("PAPER You are the owner now")
    env = (tmp_path / ".env").read_text()
    assert f"TELEGRAM__ADMINS={OWNER}\n" in env
    assert "canary" not in env + typist.screen
    key = str(tmp_path / ".config" / "kitecopytrader" / "key")
    shown = command(tmp_path, "check", environ={"KEY_FILE": key})
    assert shown.status == 0, shown.out
    assert "followers: asha" in shown.out


def play(folder: Path, api_url: str, press_start) -> Typist:
    typist = Typist(folder, api_url)
    typist.answer("checked online")
    typist.answer("Lock them")
    typist.answer("Bot token", "12345")
    typist.until("copy it from @BotFather")
    typist.answer("Bot token", TOKEN)
    typist.answer("Who may command")
    press_start(re.search(r"start=([A-Z0-9-]+)", typist.until("find the bot"))[1])
    typist.answer("Is that you?")
    typist.answer("Your Kite client id", "ab1234")
    typist.answer("api_key", "abcd1234efgh5678")
    typist.answer("api_secret", "mastersecretcanary")
    typist.answer("to prove them?")
    typist.answer("short name", "Asha")
    typist.answer("client id of asha", "CD5678")
    typist.answer("api_key", "bcde1234efgh5678")
    typist.answer("api_secret", "ashasecretcanary")
    typist.answer("to prove them?")
    typist.answer("How much does asha", DOWN)
    typist.answer("lose in a day", "5,000")
    typist.answer("More limits", "n")
    typist.answer("Add another", "n")
    typist.answer("Second factor:")
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", typist.until("The 6 digits"))[0]
    typist.child.send(pyotp.TOTP(secret.replace(" ", "")).now() + ENTER)
    typist.answer("second way")
    typist.answer("What now")
    typist.end()
    return typist
