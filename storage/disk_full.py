"""Whether a file was not written because there is no room for it: then the mend is another than for a fault."""

import errno
from pathlib import Path

#: No space left on the device, or no more of the user's quota. Source: write(2).
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def too_little(free: int, folder: Path) -> str:
    """Return in one line that there is too little room, with the mend; the same words wherever it is found.

    Args:
        free: Bytes that are free.
        folder: Where.
    """
    return f"{room(free, folder)} - free some space before the market opens"


def room(free: int, folder: Path) -> str:
    """Return how much is free where, in megabytes below a gigabyte."""
    size = f"{free / 1e9:.1f} GB" if free >= 1e9 else f"{free // 1_000_000} MB"
    return f"disk: {size} free at {folder}"


def is_no_room(error: OSError) -> bool:
    """Return whether it is a full disk, or a spent quota, that a file was not written for."""
    return error.errno in _NO_ROOM
