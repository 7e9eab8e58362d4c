"""An account of the wizard: what Kite says of its key, and the login that proves it."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from aiohttp import web

from bot.cli.setup_login import SetupLogin
from bot.setup.account_step import master
from bot.setup.follower_step import follower_account
from bot.setup.kite_key import kite_key_fault
from engine.errors import LoginRefused
from tests.bot_cli.cli_builders import FixedClock
from tests.bot_setup.setup_fakes import tools

THREE = (("client id", "AB1234"), ("api_key", "masterkey"), ("api_secret", "mastersecretcanary"))
LANDED = "https://127.0.0.1/?status=success&request_token=abcdefgh12345678abcdefgh12345678"


class FakeLogin:
    """Answers what was pasted with the next of some owners or errors."""

    def __init__(self, *owners):
        self.owners = list(owners)
        self.asked = []

    def page(self, account):
        return f"https://kite.example/login?api_key={account.api_key}"

    def owner(self, account, pasted):
        self.asked.append((account, pasted))
        found = self.owners.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def test_a_key_that_kite_does_not_know_is_asked_again_until_another_comes_or_enter_keeps_it():
    # No yes or no between: the right key pasted there would have said yes by a "y" in it.
    world = tools(
        (
            THREE[0],
            ("api_key", "mistyped"),
            ("(Enter keeps mistyped", "masterkey"),
            ("(Enter keeps masterkey", ""),
            THREE[2],
        ),
        key_fault="Kite does not know this api_key.",
    )
    master(world)
    assert not world.asker.left
    assert world.draft.written("MASTER__API_KEY") == "masterkey"


def test_what_was_copied_from_the_page_of_another_app_is_remarked_on():
    world = tools(
        (
            *THREE,
            ("client id", "CD5678"),
            ("api_key", "masterkey"),
            ("api_secret", "mastersecretcanary"),
        )
    )
    master(world)
    before = len(world.asker.told)
    follower_account(world, "ASHA")
    said = " ".join(world.asker.told[before:])
    assert "(That is the api_key of master too" in said
    assert "(That is the api_secret of master too" in said
    assert "(Kite's secrets usually have 32" in said
    assert "mastersecretcanary" not in said
    # It is a remark: one app may serve a family some day.
    assert world.draft.written("FOLLOWERS__ASHA__API_KEY") == "masterkey"


def test_three_of_ones_own_are_remarked_on_by_nobody():
    key, secret = "abcd1234efgh5678", "abcd1234efgh5678abcd1234efgh5679"
    world = tools((THREE[0], ("api_key", key), ("api_secret", secret)))
    master(world)
    assert not [told for told in world.asker.told if told.startswith("(")]


def test_a_login_proves_the_three_and_nothing_of_it_is_kept():
    login = FakeLogin("AB1234")
    world = tools((*THREE, ("prove them", True), ("landed on", LANDED)), login=login)
    master(world)
    ((account, pasted),) = login.asked
    assert (account.user_id, account.api_key, pasted) == ("AB1234", "masterkey", LANDED)
    assert account.api_secret.reveal() == "mastersecretcanary"
    assert any("belong together" in line for line in world.asker.told)
    assert LANDED not in str(dict(world.draft.changes))


def test_another_persons_login_is_told_and_asked_again():
    landed = ("landed on", LANDED)
    login = FakeLogin("EF9012", "AB1234")
    world = tools((*THREE, ("prove them", True), landed, landed), login=login)
    master(world)
    assert any("the login of EF9012, not of AB1234" in line for line in world.asker.told)


def test_a_login_that_kite_refuses_asks_for_key_and_secret_again_and_proves_the_new_ones():
    landed, prove = ("landed on", LANDED), ("prove them", True)
    login = FakeLogin(LoginRefused("Kite refused: the api secret is not this app's"), "AB1234")
    again = (("Enter keeps masterkey", ""), ("Enter keeps ****nary", "therightsecret"))
    world = tools((*THREE, prove, landed, *again, prove, landed), login=login)
    master(world)
    assert not world.asker.left
    assert any("not this app's. Look at both again" in line for line in world.asker.told)
    assert login.asked[-1][0].api_secret.reveal() == "therightsecret"
    assert world.draft.plain("MASTER__API_SECRET") == "therightsecret"


def test_the_login_may_be_left_in_the_middle():
    world = tools((*THREE, ("prove them", True), ("landed on", "")), login=FakeLogin())
    master(world)
    assert world.draft.written("MASTER__API_SECRET") == "mastersecretcanary"


@contextmanager
def kite():
    """A Kite whose login page knows one key and which gives one session."""

    async def page(request):
        if request.query["api_key"] == "masterkey":
            raise web.HTTPFound("/finish")
        return web.json_response({"message": "Invalid `api_key`."}, status=400)

    async def session(request):
        fields = await request.post()
        if fields["request_token"] != "abcdefgh12345678abcdefgh12345678":
            body = {"status": "error", "error_type": "TokenException", "message": "no"}
            return web.json_response(body, status=403)
        session = {"access_token": "t0ken", "login_time": "2026-11-23 08:00:00"}
        data = {"user_id": "AB1234", "user_name": "A", **session}
        return web.json_response({"status": "success", "data": data})

    ready, done, port = threading.Event(), threading.Event(), []

    async def serve():
        app = web.Application()
        app.router.add_get("/connect/login", page)
        app.router.add_post("/session/token", session)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.append(runner.addresses[0][1])
        ready.set()
        await asyncio.to_thread(done.wait, 30)
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(10)
        yield f"http://127.0.0.1:{port[0]}"
    finally:
        done.set()
        thread.join(10)


def test_over_the_wire_the_page_refuses_a_key_and_a_login_names_its_owner(tmp_path):
    with kite() as url:
        assert kite_key_fault(f"{url}/connect/login", "masterkey") is None
        assert "does not know" in (kite_key_fault(f"{url}/connect/login", "other") or "")
        places = {"KITE__API_URL": f"{url}/", "KITE__LOGIN_URL": f"{url}/connect/login"}
        login = SetupLogin(places, tmp_path, FixedClock())
        found = FakeLogin("AB1234")
        world = tools((*THREE, ("prove them", True), ("landed on", LANDED)), login=found)
        master(world)
        account = found.asked[0][0]
        assert login.page(account).startswith(f"{url}/connect/login?v=3&api_key=masterkey")
        assert login.owner(account, LANDED) == "AB1234"
        with pytest.raises(LoginRefused, match="refused the request token"):
            login.owner(account, LANDED.replace("abcd", "dcba"))


def test_a_kite_that_is_down_says_nothing_of_a_key():
    assert kite_key_fault("http://127.0.0.1:9/connect/login", "masterkey") is None
