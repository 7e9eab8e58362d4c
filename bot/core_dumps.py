"""Keeps the memory of the process, and with it the secrets in it, from being written or read by others."""

import contextlib
import resource
import sys

# Source: Linux, include/uapi/linux/prctl.h; prctl(2).
_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """Have no crash write this process's memory to disk, and no other program of ours read it.

    Called before any secret is read. Children inherit the limit; whether they may be read is set anew when
    they begin a program of their own, and none of them holds a secret. Where the kernel has no such
    call, or code for it may not be loaded, the limit alone stands.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    # Where memory may not be written and executed (MemoryDenyWriteExecute= of systemd), an older libffi
    # ends the very import with a MemoryError.
    with contextlib.suppress(ImportError, MemoryError, OSError):
        import ctypes  # noqa: PLC0415

        # Without it ptrace(2), /proc/PID/mem and /proc/PID/environ are open to every process of this user.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
