"""Seals secrets at rest, bound to the place they belong to.

A sealed text is ``enc:`` + kind + ``.`` + base64 of (key id or salt, nonce, ciphertext). Kind
``k1`` is sealed with the key file, ``p1`` with a passphrase whose salt travels with the text.
AES-256-GCM authenticates the text together with its kind and its *context* (where it belongs),
so a text moved to another row, account or field does not open.
"""

import contextlib
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from engine.core.values.market import AccountName
from engine.core.values.secrets import Secret
from storage.key_file import (
    KEY_BYTES,
    create_key_file,
    former_key_paths,
    next_key_path,
    read_key_file,
)
from storage.sealed_text import (
    BY_KEY,
    BY_PASSPHRASE,
    NONCE_BYTES,
    SALT_BYTES,
    SEALED_PREFIX,
    VaultError,
    WrongPassphraseError,
    bound_to,
    id_of_key,
    put_together,
    take_apart,
)

__all__ = [
    "ENV_CONTEXT",
    "NO_PASSPHRASE",
    "SEALED_PREFIX",
    "Vault",
    "VaultError",
    "env_context",
    "is_passphrase_sealed",
    "session_context",
]

#: Context of a value in ``.env`` that was sealed without naming its key: it opens under any of them.
ENV_CONTEXT = "env"

# Source: OWASP Password Storage Cheat Sheet, scrypt (N=2^17, r=8, p=1: 128 MiB, under a second).
_SCRYPT_N = 2**17
_SCRYPT_R = 8
_SCRYPT_P = 1
#: Said where a text is sealed with a passphrase and none was given.
NO_PASSPHRASE = "sealed with a passphrase - set PASSPHRASE in the real environment, or give the systemd credential"  # noqa: S105 - a sentence
#: Said where a text is sealed with a key file, but a passphrase was given.
_NOT_BY_KEY = "sealed with a key file, but a passphrase is set - take away PASSPHRASE or the systemd credential"
# A passphrase guards live money offline; scrypt alone does not save a short one.
_PASSPHRASE_MIN = 12


def env_context(name: str) -> str:
    """Return the context of one key of ``.env``, as ``MASTER__API_SECRET``; case does not count."""
    return f"{ENV_CONTEXT}/{name.upper()}"


def session_context(account: AccountName) -> str:
    """Return the context of an account's stored access token."""
    return f"session/{account}/access_token"


def follower_context(name: AccountName) -> str:
    """Return the context of what the store keeps of a follower until nothing copied is left with him."""
    return f"leaving/{name}/account"


def is_passphrase_sealed(text: str) -> bool:
    """Return whether a text was sealed with a passphrase rather than the key file."""
    return text.startswith(f"{SEALED_PREFIX}{BY_PASSPHRASE}.")


class Vault:
    """Seals and opens with one key, from a key file or a passphrase.

    Make it with :meth:`from_key_file`, :meth:`create` or :meth:`from_passphrase`.
    """

    def __init__(
        self,
        *,
        key: bytes | None = None,
        passphrase: Secret | None = None,
        next_key: bytes | None = None,
        former: Collection[str] = (),
    ) -> None:
        self._key = key
        self._next_key = next_key
        self._former = former
        self._passphrase = passphrase
        self._salt: bytes | None = None
        self._derived: dict[bytes, bytes] = {}

    @classmethod
    def from_key_file(cls, path: Path) -> "Vault":
        """Open the vault with an existing key file, and the next key where a change is under way.

        Raises:
            KeyFileError: Missing, damaged, or open to others.
        """
        waiting = next_key_path(path)
        there = waiting.exists() or waiting.is_symlink()
        return cls(
            key=read_key_file(path),
            next_key=read_key_file(waiting) if there else None,
            former=[former.name for former in former_key_paths(path)],
        )

    @classmethod
    def from_one_key_file(cls, path: Path) -> "Vault":
        """Open the vault with this key file only.

        Raises:
            KeyFileError: Missing, damaged, or open to others.
        """
        return cls(key=read_key_file(path))

    @classmethod
    def create(cls, path: Path) -> "Vault":
        """Make a new key file; only where nothing is encrypted yet.

        Raises:
            KeyFileError: It exists or cannot be written.
        """
        return cls(key=create_key_file(path))

    @classmethod
    def from_passphrase(cls, passphrase: Secret) -> "Vault":
        """Open the vault with a passphrase instead of a key file.

        Raises:
            VaultError: Too short to guard anything.
        """
        if len(passphrase.reveal()) < _PASSPHRASE_MIN:
            raise VaultError(
                f"the passphrase is shorter than {_PASSPHRASE_MIN} letters - change it"
            )
        return cls(passphrase=passphrase)

    @property
    def uses_key_file(self) -> bool:
        """Whether a key file is the key, rather than a passphrase."""
        return self._key is not None

    @property
    def is_changing(self) -> bool:
        """Whether a change of keys was begun and not finished; everything opens all the same."""
        return self._next_key is not None

    @property
    def key_id(self) -> str:
        """Which key file this is, in letters that tell nothing about it; ``p1``: a passphrase."""
        return BY_PASSPHRASE if self._key is None else f"{BY_KEY}-{id_of_key(self._key).hex()}"

    def seal(self, text: str, context: str) -> str:
        """Return the text encrypted as ``enc:…``; it opens only under the same context."""
        if self._key is not None:
            kind, head, key = BY_KEY, id_of_key(self._key), self._key
        else:
            # The salt of the texts opened before is used again: one derivation serves them all.
            head = self._salt or os.urandom(SALT_BYTES)
            kind, key = BY_PASSPHRASE, self._derive(head)
            self._salt = head
        nonce = os.urandom(NONCE_BYTES)
        body = AESGCM(key).encrypt(nonce, text.encode(), bound_to(kind, head, context))
        return put_together(kind, head, nonce + body)

    def open(self, sealed: str, context: str) -> str:
        """Return the text that was sealed under this context.

        Args:
            sealed: One text or, while the key is being changed, several: the same secret sealed with
                each key, divided by spaces; the first that opens counts.
            context: Where it belongs.

        Raises:
            VaultError: Another key, another context, or a changed text. Go without the secret.
        """
        *others, last = sealed.split() or [sealed]
        for one in others:
            with contextlib.suppress(VaultError):
                return self._open(one, (context,))
        return self._open(last, (context,))

    def open_setting(self, sealed: str, name: str) -> str:
        """Return a value of ``.env`` that was sealed for its key, or for no key in particular.

        Args:
            sealed: As it stands in ``.env``.
            name: The key, with its follower's name where it has one.

        Raises:
            VaultError: As :meth:`open`; a text that was sealed for another key does not open.
        """
        return self._open(sealed, (env_context(name), ENV_CONTEXT))

    def is_bound(self, sealed: str, name: str) -> bool:
        """Return whether a value of ``.env`` was sealed for this key; False too where it does not open."""
        with contextlib.suppress(VaultError):
            return bool(self._open(sealed, (env_context(name),)))
        return False

    def _open(self, sealed: str, contexts: Sequence[str]) -> str:
        kind, head, rest = take_apart(sealed)
        cipher = AESGCM(self._key_for(kind, head))
        nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        for context in contexts:
            with contextlib.suppress(InvalidTag):
                opened = cipher.decrypt(nonce, body, bound_to(kind, head, context))
                if kind == BY_PASSPHRASE:
                    self._salt = head
                return opened.decode()
        if kind == BY_PASSPHRASE:
            raise WrongPassphraseError(
                "wrong passphrase, or the text was changed or belongs elsewhere - encrypt it again"
            )
        raise VaultError("the text was changed or belongs elsewhere - encrypt it again")

    def _key_for(self, kind: str, head: bytes) -> bytes:
        if kind == BY_KEY:
            if self._key is None:
                raise VaultError(_NOT_BY_KEY)
            for key in (self._key, self._next_key):
                if key is not None and head == id_of_key(key):
                    return key
            if any(name.endswith(f"-{head.hex()}") for name in self._former):
                raise VaultError(
                    "sealed with a key of before, which is still there - run: copytrader rotate-key"
                )
            raise VaultError("sealed with another key - put that key file back")
        if self._passphrase is None:
            raise VaultError(NO_PASSPHRASE)
        return self._derive(head)

    def _derive(self, salt: bytes) -> bytes:
        if self._passphrase is None:  # pragma: no cover - the constructors leave no such vault
            raise VaultError("no key and no passphrase")
        if salt not in self._derived:
            scrypt = Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
            self._derived[salt] = scrypt.derive(self._passphrase.reveal().encode())
        return self._derived[salt]
