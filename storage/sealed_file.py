"""The form of a backup on disk: one encrypted stream that only the recovery key opens.

``KCBACKUP1`` + newline, the recovery key's id, the file's own key sealed by HPKE, a nonce, then AES-256-GCM of
the content and its tag (NIST SP 800-38D). All that stands before the content is authenticated with it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from storage.recovery_key import ID_BYTES, SEALED_BYTES, RecoveryKey, RecoveryLock
from storage.store_copy import BackupError

_MAGIC = b"KCBACKUP1\n"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD_BYTES = len(_MAGIC) + ID_BYTES + SEALED_BYTES + _NONCE_BYTES
_CHUNK = 2**20


class SealingWriter:
    """Something to write to, whose bytes reach the file encrypted."""

    def __init__(self, file: BinaryIO, lock: RecoveryLock) -> None:
        self._file = file
        file_key, nonce = os.urandom(32), os.urandom(_NONCE_BYTES)
        head = _MAGIC + lock.key_id + lock.seal(file_key) + nonce
        self._cipher = Cipher(algorithms.AES(file_key), modes.GCM(nonce)).encryptor()
        self._cipher.authenticate_additional_data(head)
        file.write(head)

    def write(self, data: bytes) -> int:
        """Encrypt and write."""
        self._file.write(self._cipher.update(data))
        return len(data)

    def end(self) -> None:
        """Write the tag: without it nothing of the file is believed."""
        self._file.write(self._cipher.finalize() + self._cipher.tag)


class SealedReader:
    """The content of a backup, which was proven whole and unchanged before the first byte is given.

    Args:
        path: The backup.
        key: The recovery key.

    Raises:
        BackupError: No backup, cut short, changed, or for another recovery key.
        OSError: It cannot be read.
    """

    def __init__(self, path: Path, key: RecoveryKey) -> None:
        self._path = path
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if not head.startswith(_MAGIC) or len(head) < _HEAD_BYTES:
            raise BackupError(f"{path} is not a backup of this program - give another file")
        key_id = head[len(_MAGIC) :][:ID_BYTES]
        if key_id != key.lock.key_id:
            raise BackupError(
                f"{path} is for the recovery key with the id {key_id.hex()}, and this one has the id "
                f"{key.lock.key_id.hex()} - give that key"
            )
        sealed = head[len(_MAGIC) + ID_BYTES :][:SEALED_BYTES]
        self._head, self._file_key = head, key.open(sealed)
        for _ in self._plain():
            pass
        self._chunks = self._plain()
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes; fewer only at the end."""
        parts, wanted = [self._rest], size - len(self._rest)
        while size < 0 or wanted > 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            parts.append(chunk)
            wanted -= len(chunk)
        whole = b"".join(parts)
        end = len(whole) if size < 0 else size
        self._rest = whole[end:]
        return whole[:end]

    def _plain(self) -> Iterator[bytes]:
        nonce = self._head[-_NONCE_BYTES:]
        cipher = Cipher(algorithms.AES(self._file_key), modes.GCM(nonce)).decryptor()
        cipher.authenticate_additional_data(self._head)
        with self._path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - _HEAD_BYTES - _TAG_BYTES
            file.seek(_HEAD_BYTES)
            while left > 0:
                chunk = file.read(min(_CHUNK, left))
                if not chunk:
                    break
                left -= len(chunk)
                yield cipher.update(chunk)
            try:
                cipher.finalize_with_tag(file.read(_TAG_BYTES))
            except (InvalidTag, ValueError):
                raise BackupError(
                    f"{self._path} was cut short or changed - give another backup"
                ) from None
