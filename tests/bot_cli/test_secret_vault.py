"""The vault: what it opens, and everything it must not open."""

import base64
import os
import stat

import pytest

from engine.core.values.secrets import Secret
from storage.key_file import KeyFileError
from storage.vault import ENV_CONTEXT, SEALED_PREFIX, Vault, VaultError, session_context


@pytest.fixture
def key_file(tmp_path):
    return tmp_path / "keys" / "key"


@pytest.fixture
def vault(key_file):
    return Vault.create(key_file)


def test_what_was_sealed_opens_again_after_a_restart(vault, key_file):
    sealed = vault.seal("₹ecret", ENV_CONTEXT)
    assert sealed.startswith("enc:")
    assert "ecret" not in sealed
    assert Vault.from_key_file(key_file).open(sealed, ENV_CONTEXT) == "₹ecret"


def test_the_same_secret_never_looks_the_same(vault):
    assert vault.seal("x", ENV_CONTEXT) != vault.seal("x", ENV_CONTEXT)


def test_a_session_moved_to_another_account_does_not_open(vault):
    sealed = vault.seal("token", session_context("asha"))
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault.open(sealed, session_context("ravi"))
    with pytest.raises(VaultError, match="belongs elsewhere"):
        vault.open(sealed, ENV_CONTEXT)


def test_no_changed_byte_goes_unnoticed(vault):
    sealed = vault.seal("token", ENV_CONTEXT)
    kind, _, encoded = sealed.partition(".")
    raw = base64.urlsafe_b64decode(encoded)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        text = f"{kind}.{base64.urlsafe_b64encode(bytes(changed)).decode()}"
        with pytest.raises(VaultError):
            vault.open(text, ENV_CONTEXT)


@pytest.mark.parametrize(
    "text", ["enc:", "enc:k1.", "enc:k1.!!", "enc:x9.AAAA", "plain", "enc:k1.AAAA"]
)
def test_a_mangled_text_is_refused_with_the_mend(vault, text):
    with pytest.raises(VaultError, match="copytrader encrypt"):
        vault.open(text, ENV_CONTEXT)


def test_another_key_says_that_it_is_another_key(vault, tmp_path):
    sealed = vault.seal("token", ENV_CONTEXT)
    with pytest.raises(VaultError, match="another key"):
        Vault.create(tmp_path / "other" / "key").open(sealed, ENV_CONTEXT)


def test_the_key_is_for_its_owner_only_and_is_never_overwritten(vault, key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    before = key_file.read_bytes()
    with pytest.raises(KeyFileError, match="exists already"):
        Vault.create(key_file)
    assert key_file.read_bytes() == before
    assert [one.name for one in key_file.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_can_read_is_refused(vault, key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Vault.from_key_file(key_file)


def test_a_key_folder_that_others_can_change_is_refused(vault, key_file):
    key_file.parent.chmod(0o770)
    with pytest.raises(KeyFileError, match="chmod 700"):
        Vault.from_key_file(key_file)


def test_a_symbolic_link_is_no_key(vault, key_file):
    link = key_file.with_name("link")
    link.symlink_to(key_file)
    with pytest.raises(KeyFileError, match="symbolic link"):
        Vault.from_key_file(link)


def test_a_missing_a_damaged_and_a_foreign_file_are_told_apart(key_file, tmp_path):
    key_file.parent.mkdir(mode=0o700)
    with pytest.raises(KeyFileError, match="does not exist"):
        Vault.from_key_file(key_file)
    key_file.write_text("kitecopytrader-key-1 AAAA\n")
    key_file.chmod(0o600)
    with pytest.raises(KeyFileError, match="damaged"):
        Vault.from_key_file(key_file)
    key_file.unlink()
    os.mkfifo(key_file, 0o600)
    holder = os.open(key_file, os.O_RDWR)  # so that opening the pipe does not wait
    try:
        with pytest.raises(KeyFileError, match="not a file"):
            Vault.from_key_file(key_file)
    finally:
        os.close(holder)


def test_a_passphrase_stands_in_for_the_key_file(vault):
    first = Vault.from_passphrase(Secret("correct horse battery"))
    sealed = first.seal("token", ENV_CONTEXT)
    later = Vault.from_passphrase(Secret("correct horse battery"))
    assert later.open(sealed, ENV_CONTEXT) == "token"
    # One salt serves all that is sealed after it, so that a start derives one key, not ten.
    salt = slice(len(SEALED_PREFIX), 20)
    assert later.seal("other", ENV_CONTEXT)[salt] == sealed[salt]
    with pytest.raises(VaultError, match="wrong passphrase"):
        Vault.from_passphrase(Secret("wrong horse battery")).open(sealed, ENV_CONTEXT)
    with pytest.raises(VaultError, match="set PASSPHRASE"):
        vault.open(sealed, ENV_CONTEXT)
    with pytest.raises(VaultError, match="take away PASSPHRASE"):
        first.open(vault.seal("token", ENV_CONTEXT), ENV_CONTEXT)


def test_a_short_passphrase_is_refused():
    with pytest.raises(VaultError, match="shorter than 12"):
        Vault.from_passphrase(Secret("short"))
