"""Whether a file was not written because there is no room for it: then the mend is another than for a fault."""

import errno

#: No space left on the device, or no more of the user's quota. Source: write(2).
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_no_room(error: OSError) -> bool:
    """Return whether it is a full disk, or a spent quota, that a file was not written for."""
    return error.errno in _NO_ROOM
