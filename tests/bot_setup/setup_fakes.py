"""Somebody who answers the wizard by heart, and a Telegram that fits in a list."""

import argparse
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyotp

from bot.cli.setup import run_setup
from bot.setup.draft import Draft
from bot.setup.env_text import EnvText
from bot.setup.tools import Tools
from tests.bot_cli.cli_builders import NOW, invocation

BOT_TOKEN = "123456789:AAEcanarycanarycanarycanarycanary0"
SECRETS = (BOT_TOKEN, "mastersecretcanary", "ashasecretcanary")
STOP = object()
CODE = object()
#: What a person answers who sets up one follower, without the network.
FIRST_RUN = (
    ("checked online", False),
    ("Lock them", "key"),
    ("Bot token", BOT_TOKEN),
    ("Who may command", "number"),
    ("numeric Telegram id", "4242"),
    ("Your Kite client id", "ab1234"),
    ("api_key", "masterkey"),
    ("api_secret", "mastersecretcanary"),
    ("short name", "Asha"),
    ("client id of asha", "CD5678"),
    ("api_key", "ashakey"),
    ("api_secret", "ashasecretcanary"),
    ("How much does asha", "half"),
    ("lose in a day", "₹5,000"),
    ("More limits", False),
    ("Add another", False),
    ("Second factor", "new"),
    ("6 digits", CODE),
    ("second way", "done"),
    ("What now", "write"),
)


class ScriptedAsker:
    """Answers question after question; a question that does not fit the script fails the test."""

    def __init__(self, script):
        self._script = list(script)
        self.told: list[str] = []
        self.asked: list[str] = []
        self.offered: dict[str, list[str]] = {}
        self.pictures: list[str] = []
        self.secrets_asked: list[str] = []

    def _answer(self, ask):
        self.asked.append(ask)
        assert self._script, f"nothing left to answer: {ask}"
        fits, answer = self._script.pop(0)
        assert fits in ask, f"expected {fits!r}, was asked {ask!r}; told: {self.told[-3:]}"
        if answer is STOP:
            raise KeyboardInterrupt
        if answer is CODE:
            return pyotp.parse_uri(self.pictures[-1]).at(NOW)
        return answer() if callable(answer) else answer

    @property
    def left(self):
        return self._script

    def heading(self, text):
        self.told.append(text)

    say = good = bad = copyable = heading

    def text(self, ask):
        return self._answer(ask)

    def secret(self, ask):
        self.secrets_asked.append(ask)
        return self._answer(ask)

    def choose(self, ask, choices, default):
        values = [one.value for one in choices]
        assert default in values
        self.offered[ask] = [one.text for one in choices]
        answer = self._answer(ask)
        assert answer in values, f"{answer!r} is not offered: {values}"
        return answer

    def agree(self, ask, *, default):
        answer = self._answer(ask)
        return default if answer == "" else answer

    def qr(self, text):
        self.pictures.append(text)

    @contextmanager
    def waiting(self, text):
        self.told.append(text)
        yield lambda: False


@dataclass
class FakeBotApi:
    """Gives out batches of updates; a batch that is an error is raised. Time passes with each."""

    batches: list = field(default_factory=list)
    username: object = "my_bot"
    offsets: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    at: float = 0.0

    def name(self):
        if isinstance(self.username, Exception):
            raise self.username
        return self.username

    def updates(self, offset, wait_s):
        self.offsets.append(offset)
        self.at += wait_s
        batch = self.batches.pop(0) if self.batches else []
        if isinstance(batch, Exception):
            raise batch
        return batch

    def tell(self, chat_id, text):
        self.sent.append((chat_id, text))


def a_message(text, *, number=1, person=4242, chat="private", name="Ravi", **more):
    sender = {"id": person, "first_name": name, "is_bot": False, **more}
    return {"update_id": number, "message": {"from": sender, "chat": {"type": chat}, "text": text}}


def tools(script, *, text="", api=None, online=True, key_fault=None, running=None, login=None):
    api = api or FakeBotApi()
    return Tools(
        asker=ScriptedAsker(script),
        draft=Draft(EnvText(text), lambda sealed, name: f"opened {name}"),
        online=online,
        bot_api=lambda token: api,
        kite_key_fault=lambda api_key: key_fault,
        now=lambda: NOW,
        monotonic=lambda: api.at,
        pause=lambda seconds: setattr(api, "at", api.at + seconds),
        running=running,
        login=login,
    )


@dataclass
class Played:
    """How a whole run ended."""

    status: int
    asker: ScriptedAsker
    out: str
    err: str
    env: dict
    text: str


def play(folder, script, *, environ=None, import_file=None):
    """Run the wizard in a folder whose key is inside it."""
    asker = ScriptedAsker(script)
    given = invocation(folder, environ={"KEY_FILE": "keys/key", **(environ or {})})
    args = argparse.Namespace(env_file=None, import_file=import_file)
    try:
        status = int(run_setup(args, given, asker))
    except KeyboardInterrupt:
        status = 130
    path = folder / ".env"
    text = path.read_text() if path.exists() else ""
    return Played(
        status=status,
        asker=asker,
        out=given.terminal.out.getvalue(),
        err=given.terminal.err.getvalue(),
        env=dict(EnvText(text).values),
        text=text,
    )
