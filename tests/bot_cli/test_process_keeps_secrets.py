"""What a process of ours shows of its secrets: nothing in memory dumps, children, arguments or texts."""

import ast
import dataclasses
import json
import re
import resource
import stat
import subprocess
import sys
from pathlib import Path

import msgspec

from bot.cli.configuration import Configuration
from bot.core_dumps import forbid_core_dumps
from bot.settings.key import NAME
from bot.settings.names import ALL_KEYS, PASSPHRASE
from tests.bot_cli.cli_builders import VALID, invocation, write_env

ROOT = Path(__file__).parents[2]
SEED = "CANARYCANARYCANARYCANARYCANARY22"
#: A value of each secret key, as its parser wants it, and the part that must never be shown.
SECRETS = {
    "TELEGRAM__BOT_TOKEN": ("123456789:AAEcanarytokencanarytokencanaryto", "canarytoken"),
    "MASTER__API_SECRET": ("canarymaster", "canarymaster"),
    "SECURITY__TOTP_SECRET": (SEED, SEED),
    f"FOLLOWERS__{NAME}__API_SECRET": ("canaryfollower", "canaryfollower"),
    f"FOLLOWERS__{NAME}__PROXY": ("http://me:canaryproxy@10.0.0.1:3128", "canaryproxy"),
    "EMAIL__SMTP_URL": ("smtps://me:canarymail@mail.example:465", "canarymail"),
    "DISCORD__WEBHOOK_URL": ("https://discord.com/api/webhooks/1/canaryhook", "canaryhook"),
    "WHATSAPP__TWILIO_TOKEN": ("canarytwilio", "canarytwilio"),
    "APPRISE__URLS": ("json://me:canaryapprise@host", "canaryapprise"),
}
OTHERS = {
    "EMAIL__FROM": "me@mail.example",
    "EMAIL__TO": "me@mail.example",
    "WHATSAPP__TWILIO_SID": "AC1",
    "WHATSAPP__FROM": "+14155238886",
    "WHATSAPP__TO": "+919812345678",
}
WORDS = "canary horse battery"


def test_every_secret_of_the_settings_has_a_canary_here():
    assert set(SECRETS) == {key.name for key in ALL_KEYS if key.secret}


def parts(value):
    """Yield a value and all it is made of, as far as our classes go."""
    yield value
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from parts(getattr(value, field.name))
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from parts(getattr(value, name))
    elif isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from parts(one)
    elif isinstance(value, dict):
        yield from parts(list(value.values()))


def test_no_class_that_holds_a_secret_shows_it(tmp_path):
    values = {name.replace(NAME, "ASHA"): value for name, (value, _) in SECRETS.items()}
    write_env(tmp_path, {**VALID, **OTHERS, **values})
    given = invocation(tmp_path, environ={PASSPHRASE: WORDS, "SECURITY__REQUIRE_TOTP": "true"})
    configuration = Configuration.read(None, given)
    settings = configuration.settings()
    hidden = [part for _, part in SECRETS.values()] + [WORDS]
    assert {
        part for secret in settings.secrets() for part in hidden if part in secret.reveal()
    } == {*hidden[:-1]}, "each is really in there"
    vault = configuration.vault()
    vault.open(vault.seal("x", "y"), "y")
    seen = [*parts(settings), given, configuration, configuration.env_file, vault]
    assert (
        len(
            {
                type(one)
                for one in seen
                if dataclasses.is_dataclass(one) or isinstance(one, msgspec.Struct)
            }
        )
        >= 12
    )
    for one in seen:
        if isinstance(one, str):
            continue  # a leaf: an address or a name, judged by what holds it
        for text in (repr(one), str(one), f"{one}", f"{one!r:>3}", repr([one]), repr({1: one})):
            assert [part for part in hidden if part in text] == [], type(one)


#: Says what the process is when the command begins, then lets the command run.
SPY = """
import ctypes, json, os, resource, sys
os.umask(0)
import bot.__main__ as program
import bot.cli.entry as entry
execute = entry.execute
def spy(argv, given):
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) if sys.platform == "linux" else 0
    mask = os.umask(0o777)
    os.umask(mask)
    print(json.dumps([resource.getrlimit(resource.RLIMIT_CORE), dumpable, mask]), file=sys.stderr)
    return execute(argv, given)
entry.execute = spy
sys.exit(program.main(sys.argv[1:]))
"""


def test_before_a_secret_is_read_no_dump_can_be_made_and_what_is_made_is_ours_alone(tmp_path):
    env = write_env(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", SPY, "kill", "--env-file", str(env)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2
        ),
    )
    assert json.loads(ran.stderr.splitlines()[0]) == [[0, 0], 0, 0o077]
    made = [one for one in tmp_path.rglob("*") if one != env]
    assert {one.name for one in made} >= {"var", "kill"}
    for one in made:
        assert stat.S_IMODE(one.stat().st_mode) & 0o077 == 0, one


def test_where_foreign_code_may_not_be_loaded_a_start_goes_on_with_the_limit_alone(monkeypatch):
    limits = []
    monkeypatch.setattr("bot.core_dumps.resource.setrlimit", lambda *given: limits.append(given))
    monkeypatch.setitem(sys.modules, "ctypes", None)
    forbid_core_dumps()
    assert limits == [(resource.RLIMIT_CORE, (0, 0))]


#: What a line has that begins a process; only such files are worth parsing.
BEGINS = re.compile(r"subprocess|os\.(exec|spawn|posix_spawn|system|popen|fork)")
#: Modules that begin processes on their own, and hand the whole environment on.
INHERITING = re.compile(r"^\s*(?:from|import) (?:multiprocessing|pty)\b|ProcessPool", re.MULTILINE)


def starts_of_processes(text):
    """Yield the calls of a source that begin a process, with the names of their arguments."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = f"{ast.unparse(node.func.value)}.{node.func.attr}"
            if BEGINS.match(name) or name.startswith("asyncio.create_subprocess"):
                yield name, {keyword.arg for keyword in node.keywords}


def test_every_process_we_begin_is_given_its_environment_and_none_inherits_ours():
    found, inheriting = [], []
    for package in ("bot", "engine", "storage"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if INHERITING.search(text):
                inheriting.append(path)
            if BEGINS.search(text):
                found += [(path.name, *each) for each in starts_of_processes(text)]
    assert {name for name, _, _ in found} >= {"renderer.py", "day_reads.py", "demo.py"}
    assert [(path, name) for path, name, arguments in found if "env" not in arguments] == []
    assert inheriting == []
