"""A sealed value of `.env` opens under the key it was sealed for, and under no other."""

import base64

import pytest

import storage.vault
from bot.cli.configuration import Configuration
from engine.core.values.secrets import Secret
from engine.errors import ConfigError
from storage.vault import ENV_CONTEXT, Vault, VaultError, env_context
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
