"""The form of a sealed text: how it is put together and taken apart, without any key.

``enc:`` + kind + ``.`` + base64 of (key id or salt, nonce, ciphertext).
"""

import base64
import binascii
import hashlib

from engine.errors import CopyTraderError

#: How every sealed text begins.
SEALED_PREFIX = "enc:"
#: Kinds: sealed with the key file, or with a passphrase.
BY_KEY = "k1"
BY_PASSPHRASE = "p1"  # noqa: S105 - a kind, not a secret
# Lengths in bytes. Nonce and tag: NIST SP 800-38D; salt: NIST SP 800-132 section 5.1.
NONCE_BYTES = 12
_TAG_BYTES = 16
SALT_BYTES = 16
_KEY_ID_BYTES = 4


class VaultError(CopyTraderError):
    """A secret cannot be sealed or opened; the text says why and the mend. Go without it."""


class WrongPassphraseError(VaultError):
    """A text does not open by this passphrase: most often the wrong one was given, else the text was changed."""


def put_together(kind: str, head: bytes, rest: bytes) -> str:
    """Return the text of a kind, a key id or salt, and nonce with ciphertext."""
    return f"{SEALED_PREFIX}{kind}.{base64.urlsafe_b64encode(head + rest).decode()}"


def take_apart(sealed: str) -> tuple[str, bytes, bytes]:
    """Return kind, key id or salt, and nonce with ciphertext.

    Raises:
        VaultError: It is no sealed text, or not a whole one.
    """
    kind, _, encoded = sealed.removeprefix(SEALED_PREFIX).partition(".")
    head_bytes = {BY_KEY: _KEY_ID_BYTES, BY_PASSPHRASE: SALT_BYTES}.get(kind)
    try:
        raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    whole = sealed.startswith(SEALED_PREFIX) and head_bytes is not None
    if not whole or len(raw) < (head_bytes or 0) + NONCE_BYTES + _TAG_BYTES:
        raise VaultError("not a whole enc:… text - copy it again, or run copytrader encrypt")
    return kind, raw[:head_bytes], raw[head_bytes:]


def id_of_key(key: bytes) -> bytes:
    """Return a few bytes that tell keys apart and tell nothing about the key."""
    return hashlib.sha256(b"kitecopytrader key id\x00" + key).digest()[:_KEY_ID_BYTES]


def bound_to(kind: str, head: bytes, context: str) -> bytes:
    """Return the associated data: what a text opens with besides its key."""
    return b"\x00".join((kind.encode(), head, context.encode()))
