"""A sealed value of `.env` opens under the key it was sealed for, and under no other."""

import base64

import pytest

import storage.vault
from bot.cli.configuration import Configuration
from engine.core.values.secrets import Secret
from engine.errors import ConfigError
from storage.vault import ENV_CONTEXT, Vault, VaultError, env_context, session_context
from tests.bot_cli.cli_builders import VALID, command, invocation, write_env

MASTERS, ASHAS = "MASTER__API_SECRET", "FOLLOWERS__ASHA__API_SECRET"


def loaded(folder):
    return Configuration.read(None, invocation(folder)).settings()


@pytest.fixture
def sealed(tmp_path):
    """Return what `encrypt KEY` printed for the master's secret and for a follower's."""
    write_env(tmp_path)
    return {
        name: command(tmp_path, "encrypt", name, typed=f"{VALID[name]}\n").out.strip()
        for name in (MASTERS, ASHAS)
    }


def test_each_value_opens_under_its_key_and_two_swapped_ones_do_not(tmp_path, sealed):
    write_env(tmp_path, **sealed)
    settings = loaded(tmp_path)
    assert settings.master.api_secret.reveal() == VALID[MASTERS]
    assert settings.followers[0].account.api_secret.reveal() == VALID[ASHAS]

    write_env(tmp_path, **{MASTERS: sealed[ASHAS], ASHAS: sealed[MASTERS]})
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path)
    assert len(refused.value.faults) == 2
    for fault, name in zip(refused.value.faults, (MASTERS, ASHAS), strict=True):
        assert fault.startswith(f"{name}: cannot be decrypted: ")
        assert "belongs elsewhere - encrypt it again" in fault


def test_a_followers_name_may_change_its_case_and_nothing_else(tmp_path):
    vault = Vault.create(tmp_path / "key")
    sealed = vault.seal("token", env_context(ASHAS))
    assert vault.open_setting(sealed, "FOLLOWERS__Asha__API_SECRET") == "token"
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault.open_setting(sealed, "FOLLOWERS__RAVI__API_SECRET")


def test_values_sealed_without_a_key_open_as_before(tmp_path):
    write_env(tmp_path)
    sealed = command(tmp_path, "encrypt", typed=f"{VALID[MASTERS]}\n").out.strip()
    write_env(tmp_path, **{MASTERS: sealed})
    assert loaded(tmp_path).master.api_secret.reveal() == VALID[MASTERS]
    # What is bound to one key is not taken for a general one.
    vault = Vault.from_key_file(tmp_path / "keys" / "key")
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault.open(vault.seal("x", env_context(MASTERS)), ENV_CONTEXT)


def test_the_doctor_names_values_that_are_bound_to_no_key_until_they_are_sealed_anew(tmp_path):
    write_env(tmp_path)
    general = {
        name: command(tmp_path, "encrypt", typed=f"{VALID[name]}\n").out.strip()
        for name in (MASTERS, ASHAS)
    }
    write_env(tmp_path, **general, SOME_OTHER="enc:of-another-program")
    told = f"warn encrypted, but not for its own key only: {MASTERS}, {ASHAS} - stop the program and run: copytrader rotate-key\n"
    assert told in command(tmp_path, "check").out
    assert command(tmp_path, "rotate-key").status == 0
    assert "for its own key only" not in command(tmp_path, "check").out


#: A key and what the first version of the vault sealed with it.
FIRST_KEY = "kitecopytrader-key-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
FIRST_SETTING = "enc:k1.H4utE9v1ww_rqBz1zbl2fjQP4gKxzNp_v-PhNejOHJ41Lp1l2M382hrIdvnG"
FIRST_SESSION = "enc:k1.H4utE3M7kvVSngUlW8fTYTvzqVuvpuU2hHPjOONEtNIw8v9O6PspR-o="


def test_what_the_first_version_sealed_opens_for_ever(tmp_path):
    key = tmp_path / "key"
    key.write_text(FIRST_KEY)
    key.chmod(0o600)
    vault = Vault.from_key_file(key)
    assert vault.open_setting(FIRST_SETTING, MASTERS) == "sealed before"
    assert vault.open(FIRST_SESSION, session_context("asha")) == "a session"


def test_no_changed_or_missing_letter_of_a_value_sealed_by_passphrase_goes_unnoticed(monkeypatch):
    monkeypatch.setattr(storage.vault, "_SCRYPT_N", 2)
    vault = Vault.from_passphrase(Secret("correct horse battery"))
    sealed = vault.seal("token", env_context(MASTERS))
    raw = base64.urlsafe_b64decode(sealed.removeprefix("enc:p1."))
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(VaultError, match="wrong passphrase, or the text was changed"):
            vault.open_setting(
                f"enc:p1.{base64.urlsafe_b64encode(bytes(flipped)).decode()}", MASTERS
            )
    for end in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.open_setting(sealed[:end], MASTERS)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MASTER__API_SECRT", "did you mean MASTER__API_SECRET?"),
        ("FOLLOWERS__9__API_SECRET", "a follower's name is a letter"),
        ("SOMETHING", "unknown key - see docs/configuration.md"),
        ("LOG_LEVEL", "is not a secret"),
        ("PASSPHRASE", "set it in the real environment"),
    ],
)
def test_a_key_that_holds_no_secret_is_refused_with_the_mend(tmp_path, name, says):
    write_env(tmp_path)
    shown = command(tmp_path, "encrypt", name, typed="secret\n")
    assert (shown.status, shown.out) == (1, "")
    assert says in shown.err
    assert "secret\n" not in shown.err
