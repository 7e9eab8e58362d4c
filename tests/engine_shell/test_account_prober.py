"""Asking an account's broker: all at once, bounded, and silent only in words."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest

from engine import prober
from engine.core.values.market import AccountName
from engine.core.values.orders import Funds, Profile
from engine.core.values.proofs import Silence, WayOut
from engine.errors import BrokerUnavailable, PermissionDenied, RateLimited, SessionExpired
from engine.prober import AccountProber, Skew, prove

PROFILE = Profile(user_id="U1", user_name="One", exchanges=frozenset(), products=frozenset())
FUNDS = Funds(equity=Decimal(1), commodity=Decimal(2))


@dataclass
class Reader:
    """Answers of one account: a value, an error, or None for no answer ever."""

    told: object = PROFILE
    money: object = FUNDS
    margin: object = Decimal(3)
    asked: list[str] = field(default_factory=list)

    async def profile(self):
        return await self._tell("profile", self.told)

    async def funds(self):
        return await self._tell("funds", self.money)

    async def basket_margin(self, legs, *, timeout_s):
        return await self._tell("margin", self.margin)

    async def _tell(self, what, answer):
        self.asked.append(what)
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def _way() -> WayOut:
    return WayOut(address="10.0.0.1")


def a_prober(reader: Reader, name: str = "asha", skew: Skew | None = None) -> AccountProber:
    skew = skew or Skew(lambda _ahead: None)
    return AccountProber(AccountName(name), "U1", reader, way_out=_way, skew=skew)


async def test_an_account_that_answers_is_told_whole():
    heard: list[timedelta] = []
    skew = Skew(heard.append)
    skew(timedelta(seconds=3))
    (proof,) = await prove([a_prober(Reader(), skew=skew)])
    assert (proof.profile, proof.funds, proof.silence, proof.forbidden) == (
        PROFILE,
        FUNDS,
        None,
        "",
    )
    assert proof.way.address == "10.0.0.1"
    assert proof.ahead == timedelta(seconds=3)
    assert heard == [timedelta(seconds=3)], "the engine's own watch hears of it as before"
    assert proof.is_well


@pytest.mark.parametrize(
    ("error", "silence"),
    [
        (SessionExpired("dead"), Silence.SESSION_ENDED),
        (PermissionDenied("not you"), Silence.FORBIDDEN),
        (BrokerUnavailable("no way\nthere"), Silence.NOT_REACHED),
        (RateLimited("slow", retry_after=timedelta(0)), Silence.NOT_REACHED),
    ],
)
async def test_what_the_broker_refuses_is_a_silence_in_one_line(error, silence):
    (proof,) = await prove([a_prober(Reader(told=error, money=error, margin=error))])
    assert (proof.profile, proof.funds, proof.silence) == (None, None, silence)
    assert "\n" not in proof.why
    assert not proof.is_well


async def test_only_a_refusal_of_the_app_itself_counts_against_orders():
    (proof,) = await prove([a_prober(Reader(margin=BrokerUnavailable("Kite answered 400")))])
    assert proof.forbidden == ""
    (proof,) = await prove([a_prober(Reader(margin=PermissionDenied("Insufficient permission")))])
    assert proof.forbidden == "Insufficient permission"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((), ""),
        (PermissionDenied("Insufficient\npermission"), "Insufficient permission"),
        (BrokerUnavailable("Kite answered 502"), ""),
    ],
)
async def test_only_a_refusal_says_that_an_app_has_no_prices(answer, told):
    class Quotes:
        async def quotes(self, keys):
            if isinstance(answer, Exception):
                raise answer
            return answer

    skew = Skew(lambda _ahead: None)
    master = AccountProber(
        AccountName("master"), "U1", Reader(), way_out=_way, skew=skew, quotes=Quotes()
    )
    (proof,) = await prove([master])
    assert proof.no_prices == told


async def test_a_broker_that_never_answers_holds_up_neither_the_others_nor_the_end(monkeypatch):
    monkeypatch.setattr(prober, "PROBE_S", 0.05)
    counts: list[int] = []
    silent, well = Reader(told=None), Reader()
    proofs = await prove(
        [a_prober(silent, "slow"), a_prober(well, "quick")], answered=counts.append
    )
    assert [proof.account for proof in proofs] == ["slow", "quick"]
    assert [proof.silence for proof in proofs] == [Silence.NOT_REACHED, None]
    assert counts == [1, 2]
    assert sorted(well.asked) == ["funds", "margin", "profile"]


class Hurried(Reader):
    """Answers 429 at first, as Kite does while everything else is read at a start."""

    async def _tell(self, what, answer):
        self.asked.append(what)
        if self.asked.count(what) < 3:
            raise RateLimited("too many requests", retry_after=timedelta(0))
        return answer


async def test_a_limit_of_reads_in_a_second_leaves_nobody_out():
    (proof,) = await prove([a_prober(Hurried())])
    assert proof.is_well
    assert (proof.profile, proof.funds) == (PROFILE, FUNDS)
