"""A file that was read again: which keys count at once, which need a restart, and who is kept how."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.cli.configuration import Configuration
from bot.cli.have_reread import have_reread
from bot.control_socket import ControlError, NotRunningError
from bot.sealed_followers import open_followers, seal_follower
from bot.settings.changes import settings_change
from bot.settings.settings import load_settings
from bot.verbs import verbs
from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from engine.errors import ConfigError, CopyTraderError
from storage.vault import Vault, follower_context
from tests.bot_cli.cli_builders import VALID, FixedClock, invocation, listening, write_env

ASHA, RAVI = AccountName("asha"), AccountName("ravi")
RAVIS = {
    "FOLLOWERS__RAVI__USER_ID": "EF9012",
    "FOLLOWERS__RAVI__API_KEY": "ravikey",
    "FOLLOWERS__RAVI__API_SECRET": "ravisecretcanary",
}


def load(tmp_path, **changed):
    values = {"DATA_DIR": "var", **VALID, **changed}
    given = {key: text for key, text in values.items() if text is not None}
    return load_settings(given, folder=tmp_path, open_secret=str)


def compared(tmp_path, begun: dict | None = None, **changed):
    old = load(tmp_path, **(begun or {}))
    wired = {one.account.name: one for one in old.followers}
    return settings_change(old, wired, load(tmp_path, **changed))


def test_the_same_file_is_no_change(tmp_path):
    change = compared(tmp_path, LOG_LEVEL="info", KITE__API_URL="https://api.kite.trade/")
    assert (change.later, change.gone) == ((), ())


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("LOG_LEVEL", "DEBUG"),
        ("TELEGRAM__ADMINS", "42,43"),
        ("MASTER__API_SECRET", "anothersecret"),
        ("KITE__API_URL", "https://127.0.0.1:9"),
        ("EMAIL__SMTP_URL", "smtp://a:b@host:25"),
        ("FOLLOWERS__ASHA__USER_ID", "ZZ0001"),
        ("FOLLOWERS__ASHA__API_KEY", "otherkey"),
        ("FOLLOWERS__ASHA__API_SECRET", "othersecret"),
        ("FOLLOWERS__ASHA__PROXY", "http://127.0.0.1:3128"),
    ],
)
def test_what_is_wired_at_the_start_is_named_and_waits_for_the_next(tmp_path, key, text):
    more = {"EMAIL__FROM": "a@b.c", "EMAIL__TO": "a@b.c"} if key.startswith("EMAIL") else {}
    change = compared(tmp_path, **{key: text, **more})
    assert key in change.later
    (asha,) = change.followers
    assert (asha.account, asha.rules.user_id) == (load(tmp_path).followers[0].account, "CD5678")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("FOLLOWERS__ASHA__ENABLED", "false"),
        ("FOLLOWERS__ASHA__SEGMENTS", "NSE"),
        ("BASKET__WINDOW_MS", "300"),
        ("BASKET__SOLD_LEG_REFUSED", "unwind"),
        ("RISK__MAX_DAILY_LOSS", "5000"),
    ],
)
def test_what_the_engine_takes_as_a_value_counts_at_once(tmp_path, key, text):
    change = compared(tmp_path, **{key: text})
    assert change.later == ()
    before = load(tmp_path)
    counts = (change.followers[0].rules, change.total_loss_limit)
    assert counts != (before.followers[0].rules, before.max_daily_loss)


def test_who_is_new_and_who_is_gone(tmp_path):
    joined = compared(tmp_path, **RAVIS)
    assert [one.account.name for one in joined.followers] == [ASHA, RAVI]
    assert joined.gone == ()
    left = compared(tmp_path, RAVIS)
    assert [one.account.name for one in left.gone] == [RAVI]
    assert [one.account.name for one in left.followers] == [ASHA]


def test_no_secret_shows_in_what_is_compared(tmp_path):
    settings = load(tmp_path)
    assert "canary" not in repr(settings)
    assert "canary" not in repr(dict(settings.values))


# -- what is kept of who leaves ---------------------------------------------------------------


@pytest.fixture
def vault(tmp_path):
    return Vault.create(tmp_path / "keys" / "key")


def ravi(tmp_path):
    settings = load(
        tmp_path, **RAVIS, FOLLOWERS__RAVI__PROXY="http://u:proxycanary@127.0.0.1:1",
        FOLLOWERS__RAVI__SEGMENT_MULTIPLIERS='{"NFO": "0.5"}',
        FOLLOWERS__RAVI__MAX_DAILY_LOSS="1000",
    )  # fmt: skip
    return settings.followers[1]


def test_who_leaves_is_kept_sealed_and_comes_back_whole(tmp_path, vault):
    sealed = seal_follower(ravi(tmp_path), vault)
    assert "canary" not in sealed
    (back,) = open_followers({RAVI: sealed}, vault, named=accounts(load(tmp_path)))
    assert back == ravi(tmp_path)
    assert back.rules.ratio("NFO") == Decimal("0.5")


def test_one_whose_account_is_the_masters_by_now_is_left_out(tmp_path, vault, caplog):
    sealed = seal_follower(ravi(tmp_path), vault)
    renamed = load(tmp_path, MASTER__USER_ID="EF9012")
    assert open_followers({RAVI: sealed}, vault, named=accounts(renamed)) == ()
    assert [record.account for record in caplog.records] == [RAVI]


def accounts(settings):
    return [settings.master, *(one.account for one in settings.followers)]


def test_who_is_in_the_file_again_is_taken_from_there(tmp_path, vault):
    sealed = seal_follower(ravi(tmp_path), vault)
    assert open_followers({RAVI: sealed}, vault, named=accounts(load(tmp_path, **RAVIS))) == ()


def test_what_does_not_open_is_left_out_and_logged(tmp_path, vault, caplog):
    sealed = seal_follower(ravi(tmp_path), vault)
    other = Vault.create(tmp_path / "other" / "key")
    garbage = vault.seal("{}", follower_context(RAVI))
    leaving = {ASHA: sealed, RAVI: garbage, AccountName("nobody"): ""}
    assert open_followers(leaving, vault, named=[]) == ()
    assert open_followers({RAVI: sealed}, other, named=[]) == ()
    assert [record.account for record in caplog.records] == [ASHA, RAVI, RAVI]
    assert "canary" not in caplog.text


# -- reading it again -------------------------------------------------------------------------


def test_the_file_is_read_anew_by_the_key_that_is_open(env, tmp_path):
    given = invocation(tmp_path)
    configuration = Configuration.read(None, given)
    vault, _ = configuration.vault_or_new_key()
    sealed = vault.seal("sealedsecret", "env")
    (tmp_path / "keys" / "key").unlink()
    write_env(tmp_path, MASTER__API_SECRET=sealed, FOLLOWERS__ASHA__MULTIPLIER="2")
    again = configuration.again().settings()
    assert again.master.api_secret == Secret("sealedsecret")
    assert again.followers[0].rules.multiplier == 2
    write_env(tmp_path, FOLLOWERS__ASHA__MULTIPLIER="x", LOG_LEVEL="LOUD")
    with pytest.raises(ConfigError) as refused:
        configuration.again().settings()
    assert len(refused.value.faults) == 2


@pytest.mark.parametrize("given", [None, "other.env"])
def test_it_is_the_same_file_whatever_it_is_called_and_wherever_it_was_read_from(tmp_path, given):
    path = write_env(tmp_path).rename(tmp_path / (given or ".env"))
    configuration = Configuration.read(given, invocation(tmp_path))
    path.write_text(path.read_text() + "LOG_LEVEL=DEBUG\n")
    assert configuration.again().settings().log_level == "DEBUG"
    assert configuration.again().env_file.path == path


def test_settings_of_the_real_environment_alone_need_no_file(tmp_path):
    configuration = Configuration.read(None, invocation(tmp_path, environ=VALID))
    assert configuration.again().settings().followers[0].account.name == ASHA
    # A file that was there and is gone is no empty file: nothing of it is forgotten.
    write_env(tmp_path)
    from_file = Configuration.read(None, invocation(tmp_path))
    (tmp_path / ".env").unlink()
    with pytest.raises(ConfigError, match="does not exist"):
        from_file.again().settings()


async def _told() -> str:
    return "father MULTIPLIER: 1 → 2"


async def _refused() -> str:
    raise CopyTraderError("refused, nothing has changed: a - b")


@pytest.mark.parametrize("reread", [_told, _refused, None])
def test_the_running_instance_is_asked_and_its_answer_is_told(env, tmp_path, reread):
    places = Configuration.read(None, invocation(tmp_path)).places()
    with pytest.raises(NotRunningError):
        have_reread(places)
    security = load(tmp_path).security
    places.data_dir.mkdir()
    handlers = verbs(None, security, FixedClock(), reread=reread)
    with listening(places.control_path, handlers):
        if reread is _told:
            assert have_reread(places) == "father MULTIPLIER: 1 → 2"
            return
        with pytest.raises(ControlError, match=r"nothing has changed|restart it"):
            have_reread(places)


def test_a_follower_without_limits_of_his_own_is_kept_too(tmp_path, vault):
    plain = replace(ravi(tmp_path), proxy=None)
    (back,) = open_followers({RAVI: seal_follower(plain, vault)}, vault, named=[])
    assert back == plain
