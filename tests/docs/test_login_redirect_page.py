"""docs/login-redirect.html: one file, nothing loaded, the token out of the address at once, one way on."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.chat.login_paste import read_deep_link

PAGE = (Path(__file__).parents[2] / "docs" / "login-redirect.html").read_text(encoding="utf-8")
STATE, KEY = "-" * 11 + "aZ0_" * 2 + "b7_", "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY"
(SCRIPT,) = re.findall(r"<script>(.*?)</script>", PAGE, re.DOTALL)
(STYLE,) = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
(POLICY,) = re.findall(r'http-equiv="Content-Security-Policy"\s+content="([^"]*)"', PAGE)

#: Just enough of a browser; prints what the page made of an address.
BROWSER = """
const made = {order: [], say: "", href: "", shown: false, bar: null};
const go = {set href(v) { made.href = v; made.order.push("href"); }, set hidden(v) { made.shown = !v; }};
const say = {set textContent(v) { made.say = v; }};
globalThis.location = {search: SEARCH, pathname: "/login"};
globalThis.history = {replaceState: (a, b, to) => { made.bar = to; made.order.push("replaceState"); }};
globalThis.document = {documentElement: {dataset: {bot: BOT}}, getElementById: (id) => id === "go" ? go : say};
SCRIPT
console.log(JSON.stringify(made));
"""


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _visit(search: str, bot: str = "my_copy_bot") -> dict:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no JavaScript here")
    source = BROWSER.replace("SEARCH", json.dumps(search)).replace("BOT", json.dumps(bot))
    done = subprocess.run(
        [node, "-e", source.replace("SCRIPT", SCRIPT)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_nothing_is_loaded_and_nothing_else_may_run():
    directives = dict(each.strip().split(maxsplit=1) for each in POLICY.split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": _hash(SCRIPT),
        "style-src": _hash(STYLE),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert '<meta name="referrer" content="no-referrer">' in PAGE
    assert re.findall(r"https?://[^\s\"']+", PAGE) == ["https://t.me/"]
    assert not re.search(
        r"\b(?:src|srcset|action|onload|onclick)=|@import|url\(|fetch|XMLHttp|import\(", PAGE
    )


def test_the_bot_is_named_in_one_place_and_not_by_the_address():
    assert re.findall(r'data-bot="([^"]*)"', PAGE) == ["ENTER-YOUR-BOT"]
    assert SCRIPT.count("t.me/") == 1
    assert '"https://t.me/" + bot + "?start=k" + state[0] + token[0]' in SCRIPT


def test_the_token_leaves_the_address_before_anything_else_is_done():
    body = [line.strip() for line in SCRIPT.strip().splitlines()]
    assert body[2:4] == [
        "const query = new URLSearchParams(location.search);",
        'history.replaceState(null, "", location.pathname);',
    ]


def test_one_button_opens_the_chat_with_a_login_that_the_bot_takes():
    made = _visit(f"?action=login&status=success&request_token={KEY}&state={STATE}")
    assert made["bar"] == "/login"
    assert made["order"] == ["replaceState", "href"]
    assert made["shown"]
    opens, _, payload = made["href"].partition("?start=")
    assert opens == "https://t.me/my_copy_bot"
    assert len(payload) <= 64
    login = read_deep_link(payload)
    assert login is not None
    assert (login.state, login.token.reveal()) == (STATE, KEY)


@pytest.mark.parametrize(
    ("search", "bot", "says"),
    [
        (f"?status=cancelled&state={STATE}", "my_copy_bot", "did not succeed"),
        (f"?status=success&state={STATE}", "my_copy_bot", "no login in this address"),
        (f"?request_token=a%22b&state={STATE}", "my_copy_bot", "no login in this address"),
        (f"?request_token={KEY}&request_token={KEY}&state={STATE}", "my_copy_bot", "no login"),
        (f"?request_token={KEY}", "my_copy_bot", "not begun with a button"),
        (f"?request_token={KEY}&state=x%26y", "my_copy_bot", "not begun with a button"),
        (f"?request_token={KEY}&state={STATE}", "ENTER-YOUR-BOT", "does not know its bot"),
        (f"?request_token={KEY}&state={STATE}", "evil.example/x", "does not know its bot"),
        (f"?request_token={KEY}&state={STATE}&bot=evil_bot", "", "does not know its bot"),
    ],
)
def test_anything_else_shows_no_button_and_says_what_to_do(search, bot, says):
    made = _visit(search, bot)
    assert made["bar"] == "/login"
    assert not made["href"]
    assert not made["shown"]
    assert says in made["say"]
