"""Room on the store's disk that is kept for exits: given back to the journal when the disk fills."""

import contextlib
import os
import shutil
from pathlib import Path

from storage.durable import sync_file

RESERVE_NAME = "reserve"
#: An order of ours adds about 20 kB to the store from decision to fill, with everything told of it
#: (measured: the size of the store over simulated days by their orders). 32 MB let 1,600 exits through:
#: twenty open positions of eighty followers.
RESERVE_BYTES = 32 * 2**20


class Reserve:
    """A file without content in ``DATA_DIR`` whose blocks belong to the journal in an emergency.

    Attributes:
        problem: What people are to know of it since the last look, or an empty text.
    """

    def __init__(self, data_dir: Path, *, size: int = RESERVE_BYTES) -> None:
        self._path = data_dir / RESERVE_NAME
        self._size = size
        self.problem = ""

    def fault(self) -> str:
        """Make the reserve where it is missing; return why it cannot be, or an empty text.

        What was given back is not taken again while the disk is near full: it is being used.
        """
        found = self._fault()
        self.problem = found
        return found

    def _fault(self) -> str:
        if self._stands():
            return ""
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self._path.parent).free >= 2 * self._size:
                self._make()
                return ""
        self.give_back()  # half of one keeps nothing
        return (
            f"there is no room for a reserve of {self._size // 2**20} MB where the store is, which lets "
            "exits through when the disk fills: free disk space"
        )

    def give_back(self) -> bool:
        """Free the reserve; False where there was none to free."""
        self.problem = (
            "the disk is full: only exits go on, in room that was kept for them - free disk space"
        )
        stood = self._stands()
        try:
            os.truncate(self._path, 0)  # frees the blocks even where the name stays
            self._path.unlink()
        except OSError:
            return stood and not self._stands()
        return stood

    def _stands(self) -> bool:
        with contextlib.suppress(OSError):
            return self._path.stat().st_size == self._size
        return False

    def _make(self) -> None:
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC
        handle = os.open(self._path, flags, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, self._size)
            else:  # pragma: no cover - macOS has no such call
                os.write(handle, bytes(self._size))
        finally:
            os.close(handle)
        sync_file(self._path)
