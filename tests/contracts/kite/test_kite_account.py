"""Putting an account together: what is refused before anything is opened."""

import subprocess
import sys

import pytest

from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.core.values.secrets import Secret
from tests.contracts.kite.kite_servers import API_SECRET, FrozenClock, seeded, system_tls


def an_account(endpoints: KiteEndpoints | None = None, **changes: object) -> KiteAccount:
    fields = {
        "name": "asha",
        "user_id": "AB1234",
        "api_key": "apikey",
        "api_secret": Secret(API_SECRET),
        "permit": lambda: False,
        "clock": FrozenClock(),
        "rng": seeded(),
        "tls": system_tls(),
    }
    return KiteAccount(endpoints or KiteEndpoints(), **(fields | changes))


def test_the_defaults_are_the_real_kite():
    account = an_account()
    assert account.desk.login_url("n").startswith("https://kite.zerodha.com/connect/login?v=3&")
    assert API_SECRET not in repr(vars(account))


@pytest.mark.parametrize(
    ("endpoints", "changes"),
    [
        (KiteEndpoints(api_url="http://api.kite.trade"), {}),
        (KiteEndpoints(api_url="nowhere"), {}),
        (KiteEndpoints(ws_url="ws://ws.kite.trade"), {}),
        (None, {"proxy": Secret("gopher://x")}),
        (None, {"api_key": "two words"}),
    ],
    ids=["plain http", "no address", "plain ws", "proxy", "api key"],
)
def test_what_cannot_be_used_is_refused_at_once(endpoints, changes):
    with pytest.raises(ValueError, match=r"address|plain|proxy|api key"):
        an_account(endpoints, **changes)


def test_a_missing_authority_file_is_refused_at_once(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        an_account(KiteEndpoints(ca_file=tmp_path / "none.pem"), tls=None)


def test_importing_the_adapter_starts_no_second_event_loop():
    code = (
        "import sys, engine.brokers.kite.account;"
        "sys.exit(any(name.split('.')[0] in ('twisted', 'kiteconnect') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
