"""Processes that are run to their end."""

import asyncio
import sys

from bench.child import BenchError, inherited


async def output_of(*arguments: str, timeout_s: float) -> bytes:
    """Run ``python ARGUMENTS`` and return what it wrote.

    Raises:
        BenchError: It failed, or did not end in time.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=inherited(),
    )
    try:
        async with asyncio.timeout(timeout_s):
            out, err = await process.communicate()
    except TimeoutError:
        raise BenchError(f"{' '.join(arguments)} did not end in {timeout_s:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise BenchError(f"{' '.join(arguments)} failed: {last[0]}")
    return out


async def run(*arguments: str, timeout_s: float) -> None:
    """Run it for what it does; raises as :func:`output_of`."""
    await output_of(*arguments, timeout_s=timeout_s)
