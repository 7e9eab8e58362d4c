"""One process per data folder, by the real command: in the same moment, and after a kill."""

import asyncio
import contextlib
import sys

from demo.stage import Plan, Stage
from tests.e2e.conftest import until


async def started(stage: Stage, log) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--env-file", str(stage.env_file),
        stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip


async def test_of_four_starts_in_one_moment_one_runs_and_kill_9_makes_room_for_the_next(tmp_path):
    stage = Stage(Plan(folder=tmp_path / "stage", followers=1))
    await stage.open()
    log_path = tmp_path / "starts.log"
    processes: list[asyncio.subprocess.Process] = []
    try:
        with log_path.open("ab") as log:
            processes += await asyncio.gather(*(started(stage, log) for _ in range(4)))

            def ended() -> list[int]:
                return [p.returncode for p in processes if p.returncode is not None]

            await until(
                lambda: len(ended()) >= 3 and " runs in PAPER" in log_path.read_text(),
                seconds=30,
                what="three refused and one running",
            )
            assert ended() == [3, 3, 3]
            said = log_path.read_text()
            assert said.count(" runs in PAPER") == 1
            assert said.count("another instance") == 3
            assert "Traceback" not in said

            (first,) = [p for p in processes if p.returncode is None]
            first.kill()
            await first.wait()
            processes.append(await started(stage, log))
            await until(
                lambda: log_path.read_text().count(" runs in PAPER") == 2,
                seconds=20,
                what=f"a start after kill -9\n{log_path.read_text()}",
            )
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            async with asyncio.timeout(10):
                await process.wait()
        await stage.close()
