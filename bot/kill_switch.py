"""The local kill switch: a file whose existence means that no entry may leave."""

import os
from pathlib import Path


class KillSwitch:
    """Set and read without the event loop, by any process that can reach ``DATA_DIR``.

    A file works when the bot, its loop or its process is stuck or gone, and stays set across
    restarts until it is released.

    Attributes:
        path: ``DATA_DIR/kill``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._looked_at = str(path)  # made once: it is asked for every entry

    def is_set(self) -> bool:
        """Return whether entries are forbidden; a few microseconds, called before each entry.

        A switch that cannot be looked at counts as set: no entry may leave on doubt.
        """
        try:
            os.lstat(self._looked_at)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def set(self) -> None:
        """Forbid entries from now on, durably; setting it twice is fine.

        Raises:
            OSError: The file cannot be made. Tell the person: the switch is not set.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(self.path, flags, 0o600)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut could forget the switch
        finally:
            os.close(folder)

    def release(self) -> None:
        """Allow entries again; releasing an unset switch is fine.

        Raises:
            OSError: The file cannot be removed. Tell the person: the switch is still set.
        """
        self.path.unlink(missing_ok=True)
