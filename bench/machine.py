"""What the figures were made on: without it they say nothing."""

import importlib.metadata
import os
import platform
import resource
import sqlite3
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

_SYNCS = 50
_BLOCK = b"\0" * 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine and its software.

    Attributes:
        processor: Its name, as the system has it.
        cores: How many this process may use.
        system: Kernel and version.
        python: Version of the interpreter of every process.
        uvloop: Version, or empty where it is not installed.
        kiteconnect: Version of the SDK that is measured against.
        aiohttp: Version of the library that a copier is measured with.
        sqlite: Version of the journals' library.
        pinned: Whether the broker has a processor of its own.
        fdatasync_us: Median cost of making 4 kB durable where the journal is, microseconds.
    """

    processor: str
    cores: int
    system: str
    python: str
    uvloop: str
    kiteconnect: str
    aiohttp: str
    sqlite: str
    pinned: bool
    fdatasync_us: float


def this_machine(folder: Path) -> Machine:
    """Look at this machine; ``folder`` is on the disk the journal will be on."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _cores(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        uvloop=_version("uvloop"),
        kiteconnect=_version("kiteconnect"),
        aiohttp=_version("aiohttp"),
        sqlite=sqlite3.sqlite_version,
        pinned=bool(shared_out().broker),
        fdatasync_us=_sync_cost_us(folder),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cores:
    """Which processors are whose; both empty where nothing can be had for certain."""

    broker: frozenset[int] = frozenset()
    clients: frozenset[int] = frozenset()


def shared_out() -> Cores:
    """Give the broker a processor of its own and everybody else the rest.

    Whoever is measured must not wait for the broker to be done with a processor. Where there is only
    one, or the system pins nothing (macOS), nobody is told where to run.
    """
    if not hasattr(os, "sched_getaffinity"):
        return Cores()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return Cores()
    return Cores(broker=frozenset(cores[-1:]), clients=frozenset(cores[:-1]))


def open_files_to_spare(least: int) -> int:
    """Raise the limit of open files as far as ``least`` needs it; return what it is then.

    Every process that is started later has it too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < least:
        soft = least if hard == resource.RLIM_INFINITY else min(least, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return least if soft == resource.RLIM_INFINITY else soft


def waited_for_processor_ns(pid: int) -> int:
    """Return how long a process's first thread was ready to run and had no processor, nanoseconds.

    0 where the system does not tell. Source: Linux, Documentation/scheduler/sched-stats.rst.
    """
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0


def stolen_and_all() -> tuple[int, int]:
    """Return ticks that other guests of the host took, and all ticks, since boot; Linux only."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    except OSError:
        return 0, 0
    # user nice system idle iowait irq softirq steal. Source: proc_stat(5).
    ticks = [int(field) for field in fields]
    return ticks[7], sum(ticks)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _cores() -> int:
    return os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _sync_cost_us(folder: Path) -> float:
    sync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
    costs = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(_SYNCS):
            file.write(_BLOCK)
            began = time.perf_counter()
            sync(file.fileno())
            costs.append((time.perf_counter() - began) * 1e6)
    return statistics.median(costs)
