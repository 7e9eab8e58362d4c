"""The daily login by the real process: over the callback, by deep link, over a kill, and in the middle of a day."""

import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp

from demo.stage import Plan, Stage
from tests.e2e.conftest import until
from tests.faults.conftest import master_trades, net, told, until_held
from tests.free_ports import free_port


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Browser:
    """A phone's browser at the login page; remembers every secret that it met."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.tokens: set[str] = set()
        self.states: set[str] = set()

    async def button(self, name: str, since: int) -> str:
        """Return the login page of a button that the bot has just sent."""
        message = await self._stage.trader.expect(
            lambda m: any(b.url and b.text == f"Log in {name}" for b in m.buttons), 8.0, since=since
        )
        return next(b.url for b in message.buttons if b.url and b.text == f"Log in {name}")

    async def logs_in(self, url: str) -> str:
        """Log in and return the address that Zerodha's page sends the browser to."""
        landed = await self._stage.log_in_at_broker(url)
        fields = parse_qs(urlsplit(landed).query)
        self.tokens.add(fields["request_token"][0])
        self.states.add(fields["state"][0])
        return landed

    async def lands(self, address: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return answer.status, await answer.text()


def what_was_written(folder: Path) -> bytes:
    """Return everything that the program wrote: logs, store, and what it printed."""
    return b"".join(
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".env" and "key" not in path.parts
    )


async def over_the_callback(stage: Stage, browser: Browser, port: int) -> None:
    mark = stage.trader.mark()
    stage.trader.send("/login master")
    landed = await browser.logs_in(await browser.button("master", mark))
    await until(lambda: is_listening(port), what="the callback opens")
    status, _ = await browser.lands(landed.replace("state=", "state=x"))
    assert status == 404
    status, page = await browser.lands(landed)
    assert (status, "Logged in" in page) == (200, True)
    await told(stage, "master is logged in", since=mark)
    await until(lambda: not is_listening(port), what="the callback closes")


async def by_a_deep_link(stage: Stage, browser: Browser) -> None:
    """As docs/login-redirect.html makes it; used again it does nothing."""
    mark = stage.trader.mark()
    stage.trader.send("/login father")
    fields = parse_qs(urlsplit(await browser.logs_in(await browser.button("father", mark))).query)
    link = f"/start k{fields['state'][0]}{fields['request_token'][0]}"
    stage.trader.send(link)
    await told(stage, "father is logged in", "I deleted your message", since=mark)
    stage.trader.send(link)
    await told(stage, "used already", since=mark)


async def over_a_kill(stage: Stage, browser: Browser, port: int) -> None:
    """The program ends between the button and the login."""
    mark = stage.trader.mark()
    stage.trader.send("/login mother")
    landed = await browser.logs_in(await browser.button("mother", mark))
    stage.kill_program()
    await until(lambda: not stage.program_runs, what="the kill")
    await stage.stop_program()
    await stage.start_program()
    await until(lambda: is_listening(port), what="the callback opens again")
    assert (await browser.lands(landed))[0] == 200
    await told(stage, "mother is logged in", since=mark)


async def in_the_middle_of_a_day(stage: Stage, browser: Browser, port: int) -> None:
    """He alone is left out; after the login his exit leaves first, and the missed entry is offered."""
    trader = stage.trader
    master_trades(stage, "BUY", "RELIANCE")
    for name in ("father", "mother"):
        await until_held(stage, name, "RELIANCE", 5)
    mark = trader.mark()
    stage.exchange.sessions.kill(stage.user_id("father"))
    master_trades(stage, "SELL", "RELIANCE")
    await until_held(stage, "mother", "RELIANCE", 0)
    alert = await trader.expect(
        lambda m: "father" in m.text and "session has ended" in m.text, 8.0, since=mark
    )
    master_trades(stage, "BUY", "SBIN")
    await until_held(stage, "mother", "SBIN", 5)
    assert net(stage, "father", "RELIANCE") == 5
    trader.tap(alert, "Log in father")
    landed = await browser.logs_in(await browser.button("father", mark))
    await until(lambda: is_listening(port), what="the callback opens at noon")
    assert (await browser.lands(landed))[0] == 200
    await until_held(stage, "father", "RELIANCE", 0)
    assert net(stage, "father", "SBIN") == 0
    offer = await trader.expect(
        lambda m: "SBIN" in m.text and any(b.text.startswith("Copy") for b in m.buttons),
        8.0,
        since=mark,
    )
    trader.tap(offer, next(b.text for b in offer.buttons if b.text.startswith("Copy")))
    await until_held(stage, "father", "SBIN", 5)
    master_trades(stage, "BUY", "INFY")
    await until_held(stage, "father", "INFY", 5)
    times = sum("father: the Kite session has ended" in m.text for m in trader.messages())
    assert times == 1


async def test_every_way_back_from_a_login_and_a_token_that_dies_in_the_day(tmp_path):
    port = free_port()
    settings = {"LISTENER__BIND": f"127.0.0.1:{port}", "LOG_LEVEL": "debug"}
    stage = Stage(Plan(folder=tmp_path / "stage", followers=2, settings=settings))
    for name in ("master", "father", "mother"):
        account = stage.exchange.accounts.by_user(stage.user_id(name))
        account.redirect_url = f"http://127.0.0.1:{port}/callback"
    await stage.open()
    browser = Browser(stage)
    try:
        await stage.start_program()
        assert not is_listening(port)
        await over_the_callback(stage, browser, port)
        await by_a_deep_link(stage, browser)
        await over_a_kill(stage, browser, port)
        await stage.go_live()
        await stage.start_copying()
        await in_the_middle_of_a_day(stage, browser, port)
        shown = "".join(message.text for message in stage.trader.messages())
        assert not [token for token in browser.tokens if token in shown]
        secrets = {*browser.tokens, *browser.states, *stage.exchange.sessions._sessions}
    finally:
        await stage.close()
    assert len(secrets) >= 11  # four logins, and a session of each account
    written = what_was_written(stage.plan.folder)
    assert b"command" in written
    assert not [secret for secret in secrets if secret.encode() in written]
