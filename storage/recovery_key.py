"""The recovery key of backups: who makes a backup needs its public half only.

The private half is shown once and is nowhere on this machine: whoever takes the machine, or the folder
with the backups, cannot read them. X25519 by HPKE (RFC 9180) seals the key of each file.
"""

import base64
import binascii
import hashlib
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from engine.core.values.secrets import Secret
from storage.durable import replace_file
from storage.store_copy import BackupError

#: In DATA_DIR: the public half. No secret, but whoever can change it can read later backups.
RECOVERY_NAME = "recovery.pub"
#: Bytes of what :meth:`RecoveryLock.seal` returns for a key of 32 bytes: RFC 9180, 7.1 and 7.3.
SEALED_BYTES = 32 + 32 + 16
#: Bytes that tell recovery keys apart and tell nothing about them.
ID_BYTES = 4

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"kitecopytrader backup 1"
_FORM = "kitecopytrader-recovery-1"
# Letters that a typed key is checked by: 24 bits find a slip of the pen, and 35 bytes are 56 letters.
_CHECK_BYTES = 3
_GROUP = 4


class RecoveryLock:
    """The public half: seals."""

    def __init__(self, public: bytes) -> None:
        self._public = public
        self.key_id = hashlib.sha256(b"kitecopytrader recovery id\x00" + public).digest()[:ID_BYTES]

    def seal(self, file_key: bytes) -> bytes:
        """Return a file's key so that only the recovery key opens it, :data:`SEALED_BYTES` long."""
        return _SUITE.encrypt(file_key, X25519PublicKey.from_public_bytes(self._public), _INFO)

    def keep(self, data_dir: Path) -> None:
        """Keep it in a data folder, durably; one that is there is replaced.

        Raises:
            OSError: It cannot be written.
        """
        replace_file(data_dir / RECOVERY_NAME, self.text())

    def text(self) -> str:
        """Return what :meth:`kept_in` reads."""
        return f"{_FORM} {base64.b64encode(self._public).decode()}\n"

    @classmethod
    def kept_in(cls, data_dir: Path) -> Self | None:
        """Return that of a data folder; None where none was made yet.

        Raises:
            BackupError: What is kept there is damaged.
        """
        path = data_dir / RECOVERY_NAME
        try:
            form, _, encoded = path.read_text(encoding="ascii").strip().partition(" ")
            public = base64.b64decode(encoded, validate=True)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            form, public = "", b""
        if form != _FORM or len(public) != 32:
            raise BackupError(
                f"{path} is damaged - remove it and run copytrader backup in a terminal: it makes a new "
                "recovery key"
            )
        return cls(public)


class RecoveryKey:
    """The private half: opens. Make it with :meth:`new` or :meth:`parse`."""

    def __init__(self, private: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(private)

    @classmethod
    def new(cls) -> Self:
        """Make a new one."""
        return cls(X25519PrivateKey.generate().private_bytes_raw())

    @property
    def lock(self) -> RecoveryLock:
        """The public half."""
        return RecoveryLock(self._private.public_key().public_bytes_raw())

    def text(self) -> Secret:
        """Return what a person keeps: 14 groups of four letters or digits."""
        raw = self._private.private_bytes_raw()
        letters = base64.b32encode(raw + _check(raw)).decode()
        groups = (letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
        return Secret("-".join(groups))

    @classmethod
    def parse(cls, text: Secret) -> Self:
        """Return the key that a person typed or scanned; case, spaces and dashes do not matter.

        Raises:
            BackupError: It is none, or mistyped.
        """
        letters = "".join(text.reveal().split()).replace("-", "").upper()
        try:
            raw = base64.b32decode(letters)
        except (binascii.Error, ValueError):
            raw = b""
        private, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
        if len(private) != 32 or check != _check(private):
            raise BackupError(
                "that is not a recovery key, or it is mistyped - it has 14 groups of four letters or digits"
            )
        return cls(private)

    def open(self, sealed: bytes) -> bytes:
        """Return the key of a file.

        Raises:
            BackupError: The file is for another recovery key, or was changed.
        """
        try:
            return _SUITE.decrypt(sealed, self._private, _INFO)
        except (InvalidTag, ValueError):
            raise BackupError(
                "the backup is for another recovery key, or it was changed - give the key that was "
                "shown when backups began"
            ) from None


def _check(private: bytes) -> bytes:
    return hashlib.sha256(b"kitecopytrader recovery check\x00" + private).digest()[:_CHECK_BYTES]
