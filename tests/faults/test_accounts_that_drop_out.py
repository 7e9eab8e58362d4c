"""Tokens that die and accounts that may not trade: named once, and only they are left out."""

import asyncio

from demo.exchange.build import MASTER
from demo.exchange.rules import ExchangeRules
from tests.e2e.conftest import until
from tests.faults.conftest import (
    FATHER,
    MOTHER,
    at_work,
    master_trades,
    net,
    requests,
    told,
    until_held,
)


def times_told(stage, *words: str) -> int:
    return sum(all(word in m.text for word in words) for m in stage.trader.messages())


async def test_the_masters_dead_token_pauses_copying_until_login_catches_up(tmp_path):
    rules = ExchangeRules(close_sockets_with_token=True)
    young = {f"FOLLOWERS__{name.upper()}__MAX_ENTRY_AGE_S": "2" for name in (FATHER, MOTHER)}
    async with at_work(tmp_path / "stage", followers=2, rules=rules, settings=young) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        for name in (FATHER, MOTHER):
            await until_held(stage, name, "RELIANCE", 5)

        mark = stage.trader.mark()
        stage.exchange.sessions.kill(MASTER)
        text = await told(stage, "master", "session has ended", since=mark)
        assert "/login master" in text
        await until(lambda: not stage.exchange.sockets.open_for(MASTER), what="the socket's end")
        writes = len(stage.exchange.ledger.order_writes())
        master_trades(stage, "SELL", "RELIANCE")
        master_trades(stage, "BUY", "INFY")
        await asyncio.sleep(3.2)  # the entry has to grow older than the followers' limit
        assert len(stage.exchange.ledger.order_writes()) == writes, "nothing is guessed meanwhile"
        assert times_told(stage, "master", "session has ended") == 1

        await stage.log_in("master")
        for name in (FATHER, MOTHER):
            await until_held(stage, name, "RELIANCE", 0)
        await told(stage, "INFY", "too old", since=mark)
        assert net(stage, FATHER, "INFY") == net(stage, MOTHER, "INFY") == 0
        # And the day goes on without a new /start_copy.
        await until(lambda: bool(stage.exchange.sockets.open_for(MASTER)), what="a socket again")
        master_trades(stage, "BUY", "SBIN")
        for name in (FATHER, MOTHER):
            await until_held(stage, name, "SBIN", 5)


async def test_one_followers_dead_token_leaves_only_him_out_and_his_exit_waits_for_login(tmp_path):
    async with at_work(tmp_path / "stage", followers=2) as stage:
        master_trades(stage, "BUY", "RELIANCE")
        for name in (FATHER, MOTHER):
            await until_held(stage, name, "RELIANCE", 5)

        mark = stage.trader.mark()
        stage.exchange.sessions.kill(stage.user_id(FATHER))
        master_trades(stage, "SELL", "RELIANCE")
        await until_held(stage, MOTHER, "RELIANCE", 0)
        assert "/login father" in await told(stage, "father", "session has ended", since=mark)
        master_trades(stage, "BUY", "SBIN")
        await until_held(stage, MOTHER, "SBIN", 5)
        await told(stage, "COPY #", "SBIN", "no session", since=mark)
        assert net(stage, FATHER, "RELIANCE") == 5

        await stage.log_in(FATHER)
        await until_held(stage, FATHER, "RELIANCE", 0)
        booked = [r for r in requests(stage, FATHER, "RELIANCE") if r.booked]
        assert len(booked) == 2
        assert not [r for r in requests(stage, FATHER, "SBIN") if r.booked]
        master_trades(stage, "BUY", "INFY")
        await until_held(stage, FATHER, "INFY", 5)


async def test_an_address_that_may_not_trade_pauses_that_follower_alone_and_says_why(tmp_path):
    async with at_work(tmp_path / "stage", followers=2) as stage:
        fathers = stage.exchange.accounts.by_user(stage.user_id(FATHER))
        fathers.allowed_ips = frozenset({"203.0.113.7"})
        mark = stage.trader.mark()
        master_trades(stage, "BUY", "RELIANCE")
        await until_held(stage, MOTHER, "RELIANCE", 5)
        text = await told(stage, "father is paused", since=mark)
        assert "IP (127.0.0.1) is not allowed" in text
        assert "/resume father" in text

        master_trades(stage, "BUY", "SBIN")
        await until_held(stage, MOTHER, "SBIN", 5)
        assert not requests(stage, FATHER, "SBIN"), "paused: not even tried"
        assert times_told(stage, "father is paused") == 1

        fathers.allowed_ips = None
        stage.trader.send("/resume father")
        await told(stage, "father takes entries again", since=mark)
        master_trades(stage, "BUY", "TCS")
        await until_held(stage, FATHER, "TCS", 5)
