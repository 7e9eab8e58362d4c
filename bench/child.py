"""The benchmark's own processes, and lines to and from them."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

T = TypeVar("T")

#: What a process inherits of the environment: nothing that could be a setting of the program, no
#: proxy and no certificate of somebody else's.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT")
#: Seconds a process gets to end by itself.
_STOP_S = 8.0


class BenchError(Exception):
    """The benchmark cannot go on; the text is one line that says why."""


class Child:
    """One process. Start it, ask it, stop it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self._name = name
        self._process = process
        self._log = log

    @classmethod
    async def start(
        cls,
        name: str,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        cores: frozenset[int] = frozenset(),
    ) -> "Child":
        """Start ``python ARGUMENTS``.

        Args:
            name: For messages and for the log of its stderr.
            arguments: After the interpreter.
            folder: Where the log goes.
            environment: On top of what every process gets.
            cores: Where it may run, with all that it starts; empty for anywhere.
        """
        path = folder / f"{name}.log"
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**inherited(), **(environment or {})},
            )
        if cores:
            # It has begun elsewhere, with its imports; threads and processes are made later.
            os.sched_setaffinity(process.pid, cores)
        return cls(name, process, path)

    async def line(self, *, timeout_s: float) -> str:
        """Return its next line.

        Raises:
            BenchError: None came in time, or the process has ended.
        """
        assert self._process.stdout is not None  # noqa: S101 - started with a pipe
        try:
            async with asyncio.timeout(timeout_s):
                line = await self._process.stdout.readline()
        except TimeoutError:
            raise BenchError(f"{self._name} said nothing for {timeout_s:.0f} s") from None
        if not line:
            raise BenchError(f"{self._name} has ended: {self.last_words()}")
        return line.decode().rstrip("\n")

    async def ask(self, question: object, answer: type[T], *, timeout_s: float) -> T:
        """Send one line of JSON and return the answer to it."""
        assert self._process.stdin is not None  # noqa: S101 - started with a pipe
        with contextlib.suppress(ConnectionError):  # that it has ended is said by the answer
            self._process.stdin.write(msgspec.json.encode(question) + b"\n")
            await self._process.stdin.drain()
        return msgspec.json.decode(await self.line(timeout_s=timeout_s), type=answer)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; it may have ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def stop(self) -> int:
        """Have it end, and return its exit status."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    @property
    def resident_mb(self) -> float:
        """Megabytes of memory it holds now, as Linux has it (proc(5), status: VmRSS); 0 once it has ended."""
        status = Path(f"/proc/{self._process.pid}/status")
        lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
        return next((int(each.split()[1]) / 1024 for each in lines if each.startswith("VmRSS")), 0)

    @property
    def has_ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.returncode is not None

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def cpu_s(self) -> float | None:
        """Return the seconds of a processor it has used; None where the system does not tell."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return None
        # utime and stime are the 14th and 15th field; the second may hold anything. proc_pid_stat(5).
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def last_words(self) -> str:
        """Return the last line of what it wrote on stderr."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


def inherited() -> dict[str, str]:
    """Return the environment of every process of the benchmark."""
    home = str(Path(__file__).resolve().parent.parent)
    given = os.environ  # noqa: TID251 - passes on what a process needs, reads no setting
    return {name: given[name] for name in _INHERITED if name in given} | {"PYTHONPATH": home}
