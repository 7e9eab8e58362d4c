"""`check --online` asks every account's broker: the demo exchange judges, and the broker's own SDK agrees."""

import asyncio
import contextlib
import os
import random
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from kiteconnect import KiteConnect

from bot.cli.configuration import Configuration
from demo.exchange.accounts import Plan
from demo.exchange.build import MASTER, demo_exchange
from demo.exchange.exchange import Exchange
from demo.exchange.server import ExchangeServer
from engine.core.decide import decide
from engine.core.values.control import SessionStored
from engine.core.values.events import Asked
from engine.core.values.market import AccountName
from storage.journal import Journal
from storage.vault import session_context
from tests.bot_cli.cli_builders import NOW, VALID, command, invocation, write_env
from tests.bot_cli.test_doctor_online import bot_api
from tests.core.core_world import OWNER

NAMES = {"MA0001": "master", "FA0001": "asha", "FA0002": "ravi"}
BOT = '{"ok": true, "result": {"username": "my_bot"}}'


@dataclass
class Served:
    """A demo exchange that is served by another thread, its clock with it."""

    exchange: Exchange
    now: list = field(default_factory=lambda: [NOW])
    api_url: str = ""
    _done: threading.Event = field(default_factory=threading.Event)

    def serve(self, ready: threading.Event) -> None:
        async def run() -> None:
            server = ExchangeServer(self.exchange)
            await server.start()
            self.api_url = server.api_url
            ready.set()
            await asyncio.to_thread(self._done.wait, 60)
            await server.stop()

        asyncio.run(run())

    def stop(self) -> None:
        self._done.set()

    def token(self, user_id: str) -> str:
        return self.exchange.sessions.open(self.exchange.accounts.by_user(user_id)).access_token

    def sdk(self, user_id: str, token: str) -> KiteConnect:
        account = self.exchange.accounts.by_user(user_id)
        return KiteConnect(account.api_key, access_token=token, root=self.api_url)


@pytest.fixture
def kite():
    now = [NOW]
    served = Served(demo_exchange(lambda: now[0], random.Random(7), followers=2), now)
    ready = threading.Event()
    thread = threading.Thread(target=served.serve, args=(ready,))
    thread.start()
    assert ready.wait(10)
    yield served
    served.stop()
    thread.join(10)


def log_in(folder, kite: Served, *, env) -> dict[str, str]:
    """Keep a session of today for every account, as a login through a running instance does."""
    configuration = Configuration.read(str(env), invocation(folder))
    vault, _ = configuration.vault_or_new_key()
    tokens = {}
    with contextlib.closing(Journal.open(folder / "var")) as journal:
        state = journal.load()
        for user_id, name in NAMES.items():
            tokens[user_id] = kite.token(user_id)
            stored = SessionStored(
                account=AccountName(name),
                user_id=user_id,
                user_name=name.title(),
                sealed_token=vault.seal(tokens[user_id], session_context(AccountName(name))),
                login_at=NOW,
            )
            event = Asked(request=stored, by=OWNER, update_id=None, sent_at=None, at=NOW)
            journal.commit([(event, decide(state, event, {}).records)])
    return tokens


def doctor(folder):
    """Run the command; what the store has just written is no file from the future of its fixed clock."""
    for file in (folder / "var").iterdir():
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return command(folder, "check", "--online")


def settings(folder, kite: Served, bot_url: str):
    values = {key: text for key, text in VALID.items() if not key.startswith(("MASTER", "FOLLO"))}
    for user_id, name in NAMES.items():
        account = kite.exchange.accounts.by_user(user_id)
        prefix = "MASTER" if user_id == MASTER else f"FOLLOWERS__{name.upper()}"
        values |= {
            f"{prefix}__USER_ID": user_id,
            f"{prefix}__API_KEY": account.api_key,
            f"{prefix}__API_SECRET": account.api_secret,
        }
    return write_env(folder, values, KITE__API_URL=kite.api_url, TELEGRAM__API_URL=bot_url)


def lines(shown) -> dict[str, str]:
    """Return what is said of the accounts and the clock: text → level."""
    told = [line.split(" ", 1) for line in shown.out.splitlines()]
    about = ("master:", "asha:", "ravi:", "clock: ")
    return {text.strip(): level.strip() for level, text in told if text.strip().startswith(about)}


def test_every_account_is_asked_and_each_ill_is_told_with_its_mend(tmp_path, kite):
    (tmp_path / "var").mkdir(mode=0o700)
    with bot_api(BOT) as (bot_url, _):
        env = settings(tmp_path, kite, bot_url)
        fresh = doctor(tmp_path)
        assert fresh.status == 0, fresh.out
        assert lines(fresh)["master: no session, left out; /login master"] == "warn"

        tokens = log_in(tmp_path, kite, env=env)
        well = doctor(tmp_path)
        assert well.status == 0, well.out
        assert set(lines(well).values()) == {"ok"}
        assert "asha: session of FA0001 answers, till 06:00" in lines(well)
        assert "clock: within 2 s of Kite's" in lines(well)
        told = "asha: free funds: shares and F&O ₹2,00,00,000, commodity ₹1,00,00,000"
        assert told in lines(well)
        assert kite.exchange.ledger.order_writes() == (), "the doctor places nothing"

        asha, ravi = (kite.exchange.accounts.by_user(user_id) for user_id in ("FA0001", "FA0002"))
        asha.demat_consent, asha.exchanges = False, frozenset({"NSE", "BSE"})
        asha.equity_funds = asha.commodity_funds = Decimal(0)
        kite.exchange.sessions.kill("FA0002")
        kite.exchange.accounts.by_user(MASTER).plan = Plan.PERSONAL
        kite.now[0] = NOW + timedelta(seconds=1)  # prices are told once a second
        ill = lines(doctor(tmp_path))
        profile = kite.sdk("FA0001", tokens["FA0001"]).profile()
        assert profile["meta"]["demat_consent"] == ""
        assert profile["exchanges"] == ["BSE", "NSE"]
        assert {text: level for text, level in ill.items() if level != "ok"} == {
            "asha: NFO, BFO, MCX, CDS not enabled at the broker, entries there are skipped: enable in Kite, "
            "then /login asha; or leave out of FOLLOWERS__ASHA__SEGMENTS": "warn",
            "asha: DDPI is not signed: a CNC exit needs TPIN in Kite each day": "warn",
            "asha: no funds are free, entries will be refused: add money in Kite": "warn",
            "ravi: Kite has ended the session, left out; /login ravi": "warn",
            'master: its app has no prices and no socket ("Insufficient permission for that call"): orders are '
            "seen a second late and PAPER fills nothing; take the paid Connect plan at "
            "developers.kite.trade": "warn",
        }
        assert ravi.user_id == "FA0002"

        kite.now[0] = NOW.replace(minute=1)
        off = doctor(tmp_path)
        assert off.status == 1
        (said,) = [text for text in lines(off) if text.startswith("clock: 60 ")]
        assert said.endswith(
            " s behind Kite's, beyond 30 s no entry leaves: set it by NTP (sudo timedatectl set-ntp true)"
        )


def test_a_kite_that_is_not_there_is_one_line_per_account_and_no_wait(tmp_path, kite):
    (tmp_path / "var").mkdir(mode=0o700)
    with bot_api(BOT) as (bot_url, _):
        env = settings(tmp_path, kite, bot_url)
        log_in(tmp_path, kite, env=env)
        text = env.read_text().replace(kite.api_url, "http://127.0.0.1:9")
        env.write_text(text + "FOLLOWERS__RAVI__PROXY=http://127.0.0.1:9\n")
        ill = lines(doctor(tmp_path))
    unreached = [line for line in ill if "Kite not reached" in line]
    assert [line.partition(":")[0] for line in unreached] == ["master", "asha", "ravi"]
    assert unreached[1].endswith(", left out; see the network")
    assert "through its proxy" in unreached[2]
    assert unreached[2].endswith("see FOLLOWERS__RAVI__PROXY")
