"""``python -m bench --profile N``: where the program's time goes between frame and last order."""

import asyncio
import pstats
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path

import msgspec

from bench import profile_process
from bench.accounts import Client
from bench.figures import SIDES
from bench.messages import Played
from bench.profile_process import CALLS, SAMPLES, Place, Samples
from bench.stage import Stage

#: Pairs of rounds (entry and exit): not counted, sampled, and with every call counted.
_WARM_UP_PAIRS, _SAMPLED_PAIRS, _COUNTED_PAIRS = 5, 15, 2
#: Milliseconds the broker takes to answer, plus so many a follower: the answers are not to fall
#: into what is measured, also where the counting of calls makes it three times as slow.
_DELAY_MS, _DELAY_MS_PER_FOLLOWER = 300.0, 4.0
#: Seconds: for a signal to be taken; between rounds.
_TAKEN_S, _GAP_S = 0.05, 1.0
_TIMEOUT_S = 60.0
#: Lines of each list.
_FUNCTIONS, _LINES, _CALLS = 45, 40, 50
_HOME = str(Path(__file__).resolve().parent.parent) + "/"


async def profile(followers: int, folder: Path, *, tell: Callable[[str], None]) -> str:
    """Play rounds of the program alone and return where its time went, as text.

    Args:
        followers: How many it has.
        folder: Empty; on the disk the journal is to be on.
        tell: Takes a line about what happens.

    Raises:
        BenchError: Something did not start, or an order was missing, doubled or wrong.
    """
    launcher = ("-m", "bench.profile_process", str(folder))
    stage = Stage(followers, (Client.PROGRAM,), folder, warm=True, launcher=launcher)
    try:
        ready = await stage.open()
        tell(f"the program copies {followers} after {ready.seconds:.1f} s")
        plain = await _rounds(stage, followers, _WARM_UP_PAIRS, None)
        sampled = await _rounds(stage, followers, _SAMPLED_PAIRS, signal.SIGUSR1)
        tell(f"{len(sampled)} rounds sampled")
        counted = await _rounds(stage, followers, _COUNTED_PAIRS, signal.SIGUSR2)
        tell(f"{len(counted)} rounds counted")
    finally:
        await stage.close()
    samples = msgspec.json.decode((folder / SAMPLES).read_bytes(), type=Samples)
    return "\n".join(
        [
            *_said("without a profiler", plain),
            *_said("sampled", sampled),
            *_said("with every call counted", counted),
            "",
            *_sampled(samples, sampled, followers),
            "",
            *_counted(folder / CALLS, len(counted), followers),
        ]
    )


async def _rounds(
    stage: Stage, followers: int, pairs: int, switch: signal.Signals | None
) -> list[Played]:
    """Play entries and exits; the profiler is on until the answers begin to come."""
    delay_ms = _DELAY_MS + _DELAY_MS_PER_FOLLOWER * followers
    found = []
    for side in list(SIDES.values()) * pairs:
        await asyncio.sleep(_GAP_S)
        if switch is not None:
            stage.signal_program(switch)
            await asyncio.sleep(_TAKEN_S)
        playing = asyncio.ensure_future(  # noqa: TID251 - awaited a few lines on
            stage.play(Client.PROGRAM, side, delay_ms=delay_ms, timeout_s=_TIMEOUT_S)
        )
        if switch is not None:
            await asyncio.sleep(delay_ms / 1000)
            stage.signal_program(switch)
        found.append(await playing)
    return found


def _said(how: str, rounds: Iterable[Played]) -> list[str]:
    times = sorted(played.last_us or 0 for played in rounds)
    return [f"frame to last order, {how}: median {times[len(times) // 2] / 1000:.2f} ms"]


def _sampled(samples: Samples, rounds: list[Played], followers: int) -> list[str]:
    """Return the lists made of samples; each sample stands for the time since the one before."""
    alone: Counter[tuple[str, str]] = Counter()
    within: Counter[tuple[str, str]] = Counter()
    lines: Counter[Place] = Counter()
    for took_ns, number in _in_rounds(samples, rounds):
        stack = samples.stacks[number]
        alone[stack[0].file, stack[0].function] += took_ns
        lines[stack[0]] += took_ns
        for file_and_function in {
            (place.file, place.function) for place in takewhile(_is_run, stack)
        }:
            within[file_and_function] += took_ns
    all_ns = sum(alone.values()) or 1
    windows = [_window(played) for played in rounds]
    collected = sum(
        took for at, took in samples.collections if any(a <= at <= b for a, b in windows)
    )
    per = 1e6 * len(rounds)

    def row(took_ns: int, what: str) -> str:
        return (
            f"{took_ns / all_ns:7.1%} {took_ns / per:9.3f} "
            f"{took_ns / per * 1000 / followers:9.2f}  {what}"
        )

    head = "  share  ms/round us/follower  "
    return [
        f"garbage collections within: {collected / per:.3f} ms a round",
        "",
        "BY FUNCTION, ITSELF WITH WHAT IT CALLS IN C",
        head + "(asyncio/runners.py run: uvloop itself, and waiting)",
        *(row(ns, _named(*key)) for key, ns in alone.most_common(_FUNCTIONS)),
        "",
        "BY FUNCTION, WITH ALL IT CALLS",
        head,
        *(row(ns, _named(*key)) for key, ns in within.most_common(_FUNCTIONS)),
        "",
        "BY LINE, ITSELF WITH WHAT IT CALLS IN C",
        head,
        *(
            row(ns, f"{_named(place.file, place.function)}:{place.line}")
            for place, ns in lines.most_common(_LINES)
        ),
    ]


def _in_rounds(samples: Samples, rounds: list[Played]) -> Iterator[tuple[int, int]]:
    """Yield nanoseconds within a round and the stack that was found at their end."""
    windows = iter(sorted(map(_window, rounds)))
    begin, end = next(windows)
    before = 0
    for at, number in samples.seen:
        while before >= end:
            begin, end = next(windows, (1 << 63, 1 << 63))
        took = min(at, end) - max(before, begin)
        if before and took > 0:
            yield took, number
        before = at


def _is_run(place: Place) -> bool:
    """Return whether the loop called it, and not it the loop."""
    return not place.file.endswith("asyncio/runners.py")


def _window(played: Played) -> tuple[int, int]:
    return played.sent_ns, played.sent_ns + int((played.last_us or 0) * 1000)


def _counted(path: Path, rounds: int, followers: int) -> list[str]:
    """Return the functions that took longest when every call was counted, with how often."""
    stats = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]  # typeshed leaves it out
    found = sorted(stats.items(), key=lambda item: -item[1][2])
    return [
        "EVERY CALL COUNTED (cProfile: dear calls, true counts; answers that came early are in it)",
        " calls/round  /follower  self ms/round  with all ms/round",
        *(
            f"{calls / rounds:12.1f} {calls / rounds / followers:10.2f} {alone / rounds * 1000:14.3f}"
            f" {whole / rounds * 1000:18.3f}  {_named(file, function)}:{line}"
            for (file, line, function), (_, calls, alone, whole, _) in found[:_CALLS]
        ),
    ]


def _named(file: str, function: str) -> str:
    if file == profile_process.__file__:
        return "garbage collection" if function.endswith("collects") else "the profiler itself"
    name = file.removeprefix(_HOME)
    for part in ("/site-packages/", "/python3.11/"):
        name = name.rpartition(part)[2]
    return f"{name} {function}"
