"""What a backup says of itself: which files, of which store, made when and by which version."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from storage.store_copy import StoreFacts

#: Of this form; a newer one is refused.
FORM = 1
MANIFEST_NAME = "manifest.json"
#: The settings in a backup, whatever the env file is called.
SETTINGS_NAME = "settings.env"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself.

    ``store`` tells of the original: in the copy sessions are gone and the chain is linked anew. ``key_id`` is
    that of the key that seals the secrets of the settings; the key itself is never in a backup.
    """

    form: int
    program: str
    made_at: datetime
    store: StoreFacts
    key_id: str
    files: dict[str, Part]


def part_of(content: Path | bytes) -> Part:
    """Return size and checksum of a file, or of bytes that become one."""
    if isinstance(content, bytes):
        return Part(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    with content.open("rb") as file:
        return Part(
            size=content.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest()
        )
