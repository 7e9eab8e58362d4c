"""Writes the part of the lock that the program needs to run, without what only developing needs.

``python -m supply_chain.shipped_lock`` writes it to stdout, hashes and markers as they are: what an installation
without its tests is made from.
"""

import re
import sys

from supply_chain.lock import LOCK, read_lock, shipped

_BLOCK = re.compile(r"^(?=[^\s#])", flags=re.MULTILINE)


def shipped_lock(text: str) -> str:
    """Return the blocks of a lock that the program needs, in order; a package may have one per Python version.

    Raises:
        LockError: The lock cannot be understood.
    """
    names = shipped(read_lock(text))
    blocks = _BLOCK.split(text)
    return "".join(block for block in blocks if block.partition("==")[0] in names)


if __name__ == "__main__":
    sys.stdout.write(shipped_lock(LOCK.read_text(encoding="utf-8")))
