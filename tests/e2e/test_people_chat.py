"""The real process lets people in by codes from the server and the chat, and sends them away."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pyotp

from demo.stage import Plan, Stage
from engine.clock import SystemClock
from tests.bot_chat.chat_server import OWNER, STRANGER, TOKEN, TOTP_SECRET, Chat, Server
from tests.e2e.conftest import until

RAVI, MEENA = 5001, 6001
TOTP = pyotp.TOTP(TOTP_SECRET)


async def copytrader(stage: Stage, *argv: str, typed: str = "") -> str:
    """Run a command to its end and return what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *argv, "--env-file", str(stage.env_file)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate(typed.encode())
    assert process.returncode == 0, err.decode()
    return out.decode()


def said_to(server: Server, user: int) -> list[str]:
    return [
        call.text
        for call in server.calls
        if call.method == "sendMessage" and call.fields["chat_id"] == str(user)
    ]


class Scene:
    """The program on its stage, and what is said to whom."""

    def __init__(self, folder: Path) -> None:
        self.server = Server()
        self.chat = Chat(server=self.server, desk=None, clock=SystemClock(), bot=None)
        self._folder = folder

    async def open(self) -> None:
        await self.server.start()
        settings = {
            "TELEGRAM__API_URL": f"http://127.0.0.1:{self.server.port}",
            "TELEGRAM__BOT_TOKEN": TOKEN,
            "TELEGRAM__ADMINS": str(OWNER),
            "SECURITY__TOTP_SECRET": TOTP_SECRET,
            "LOG_LEVEL": "DEBUG",
        }
        self.stage = Stage(Plan(folder=self._folder, followers=2, settings=settings))
        await self.stage.open()

    async def close(self) -> None:
        await self.stage.close()
        await self.server.stop()

    async def answered(self, text: str, user: int, words: str) -> str:
        """Send something as somebody and return the answer with these words."""
        before = len(said_to(self.server, user))

        def answers() -> list[str]:
            return [each for each in said_to(self.server, user)[before:] if words in each]

        await self.chat.say(text, user=user)
        await until(lambda: bool(answers()), what=words)
        return answers()[0]

    async def revoke(self, user: int) -> None:
        await self.chat.say("/people")
        listed = await self.chat.next_saying("people of this bot")
        revoke = next(label for label in listed.buttons if str(user) in label)
        await self.chat.press(listed, revoke)
        question = await self.chat.next_saying("no more?")
        assert str(user) in question.text
        await self.chat.press(question, "Confirm revoke")
        await self.chat.next_saying("not heard any more")

    def acts(self) -> list[str]:
        with closing(sqlite3.connect(self._folder / "var" / "journal.db")) as db, db:
            kinds = [row[0] for row in db.execute("SELECT kind FROM records ORDER BY seq")]
        return [kind for kind in kinds if kind.startswith("Person")]


async def test_people_come_by_a_code_and_go_at_once_and_a_restart_knows_it(tmp_path):
    scene = Scene(tmp_path / "stage")
    await scene.open()
    stage, chat = scene.stage, scene.chat
    father, mother = stage.names
    try:
        # Before the first start there is no store yet.
        first = (await copytrader(stage, "pair", "operator", typed=f"{TOTP.now()}\n")).split()[0]
        await stage.launch_program()
        await chat.next("setMyCommands")
        await chat.say("/status", user=STRANGER)
        alert = await chat.next_saying("Somebody unknown writes")
        assert str(STRANGER) in alert.text

        await scene.answered(f"/start {first}", RAVI, "You are an operator now")
        assert mother in await scene.answered("/status", RAVI, "book")
        # While it runs the code goes in by the control socket; that of the next step was not used yet.
        typed = f"{TOTP.at(chat.clock.now(), counter_offset=1)}\n"
        second = (await copytrader(stage, "pair", "follower", father, typed=typed)).split()[0]
        await chat.say(f"/pair {first}", user=MEENA)
        await scene.answered(f"/pair {second}", MEENA, f"You are the follower of {father} now")
        card = await scene.answered("/status", MEENA, "book")
        assert father in card
        assert mother not in card
        assert f"{father} is paused" in await scene.answered("/pause", MEENA, "is paused")
        await scene.answered("/live", MEENA, "for owners")
        await scene.revoke(RAVI)

        stage.kill_program()
        await stage.stop_program()
        silent = len(said_to(scene.server, RAVI))
        await stage.launch_program()
        await chat.say("/status", user=RAVI)
        assert mother not in await scene.answered("/status", MEENA, "book")
        await scene.answered("/status", OWNER, "book")
        assert len(said_to(scene.server, RAVI)) == silent
        assert said_to(scene.server, STRANGER) == []
        assert scene.acts() == ["PersonInvited", "PersonPaired"] * 2 + ["PersonRevoked"]
        for code in (first, second):
            for file in stage.plan.folder.rglob("*"):
                held = file.read_bytes() if file.is_file() else b""
                assert code.encode() not in held, file
                assert code.replace("-", "").encode() not in held, file
    finally:
        await scene.close()
