"""Whether somebody else could put another file in the place of one: by itself, or by a folder above it.

Permissions of a file say nothing where a folder above it can be changed: whoever may, renames it away and
puts his own there. OpenSSH asks the same of an ``authorized_keys`` (sshd_config(5), StrictModes).
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

_ROOT = 0


def fault_of_path(path: Path, *, us: int | None = None) -> str:
    """Return who else could replace a file or folder, and the mend, in one line; empty where nobody could.

    A path that is not there yet is judged by the folders above it.

    Args:
        path: Absolute.
        us: The user id this program runs under, if not that of the process.
    """
    us = os.geteuid() if us is None else us
    try:
        found = path.lstat()
    except OSError:
        found = None
    if found is not None and stat.S_ISLNK(found.st_mode):
        return f"{path} is a symbolic link - give the path it leads to: {path.resolve()}"
    if found is not None and found.st_uid not in {us, _ROOT}:
        return f"{path} belongs to someone else ({_name(found.st_uid)}) - use one of your own"
    for folder in _folders_above(path):
        try:
            above = folder.stat()
        except OSError:
            continue  # not there yet: whoever makes it owns it
        if above.st_uid not in {us, _ROOT}:
            return (
                f"{folder} belongs to someone else ({_name(above.st_uid)}), who could replace {path}"
                " - move it into a folder of your own"
            )
        if _changed_by_others(above, us):
            return f"{folder} can be changed by others, and so {path} - run: chmod go-w {folder}"
    return ""


def _folders_above(path: Path) -> Iterator[Path]:
    """Yield every folder on the way as it is written, and those that links on the way lead to."""
    yield from path.parents
    yield from (folder for folder in path.parent.resolve().parents if folder not in path.parents)


def _changed_by_others(found: os.stat_result, us: int) -> bool:
    if found.st_mode & stat.S_ISVTX:
        return False  # as /tmp: everybody may add, only owners may rename and remove (unlink(2))
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not _group_of_one(found.st_gid, us)


def _group_of_one(gid: int, us: int) -> bool:
    """Return whether a group is a user's private one, as many systems give each (useradd(8), -U)."""
    if gid == _ROOT:
        return True
    try:
        named = {pwd.getpwnam(name).pw_uid for name in grp.getgrgid(gid).gr_mem}
    except KeyError:
        return False
    members = {each.pw_uid for each in pwd.getpwall() if each.pw_gid == gid}
    return members | named <= {us, _ROOT}


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"
