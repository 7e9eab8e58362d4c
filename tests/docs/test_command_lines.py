"""Every command line that a page shows is run, so that no page shows one that does not work."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.parser import build_parser
from demo.show.options import read_options
from tests.docs.command_lines import ROOT, Shown, inline_commands, shown_lines, unmarked_lines
from tests.docs.commands_page import command_parsers
from tests.docs.pages_world import Ended, World, world

#: Cannot be run here, and why.
NOT_RUN = {
    "sudo": "needs root on the user's server",
    "docker": "needs a Docker daemon",
    "git clone": "the network",
    "cd": "changes the shell it is typed in",
    ". .venv/bin/activate": "changes the shell it is typed in",
    "bash .ci/run": "is what runs this test",
    ".venv/bin/python -m bench.growth": "takes half an hour: tests/bench/test_bench_growth.py measures less",
    "copytrader setup": "asks at a terminal: tests/e2e/test_setup_wizard.py answers it",
}
#: What runs while all others are run.
RUNNING = {"python -m demo.playground", "copytrader run --env-file demo/.env.test"}
#: Ends otherwise than with 0 where a paper trade was copied and the program runs; and what it says then.
OTHERWISE = {
    "copytrader run": (3, "another instance"),
    "demo/start.sh": (3, "another instance"),
    "copytrader notify-test email": (1, "email is not configured"),
    "copytrader report --day yesterday": (1, "no"),
}
#: Leave nothing as it was.
LAST = ("copytrader kill", "copytrader kill --release")
#: Are for when nothing runs.
OFFLINE = ("copytrader rotate-key", "copytrader restore")
#: After it no other command has what opens the secrets.
LOCKED_OUT = "copytrader rotate-key --to passphrase"
#: Stand for what a user has in their place.
STAND_INS = {"251118000123456": "1", "214": "1", "ID": "1", "/mnt/usb": "usb"}
#: Fewer than this: the pages are not read as they should be.
SHOWN_AT_LEAST = 20


def is_of(line: Shown, starts: Iterable[str]) -> str | None:
    """Return which of some beginnings a line has: the longest."""
    found = [each for each in starts if line.text == each or line.text.startswith(f"{each} ")]
    return max(found, key=len, default=None)


#: Only lead to the same command, elsewhere or as somebody else.
LEADS = (
    "sudo copytrader",
    "docker compose run --rm copytrader",
    "docker compose exec copytrader copytrader",
)


def led_to(line: Shown) -> Shown:
    """Return a line without what only leads to the command."""
    lead = is_of(line, LEADS)
    return line if lead is None else replace(line, text=f"copytrader{line.text.removeprefix(lead)}")


def turn_of(item: tuple[str, Shown]) -> int:
    text, line = item
    if text == LOCKED_OUT:
        return 3
    return 2 if is_of(line, OFFLINE) else LAST.index(text) if text in LAST else -1


LINES = [led_to(line) for line in shown_lines()]


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("user")) as opened:
        yield opened


def test_every_line_that_can_be_run_here_does_what_the_page_says(here, record_property):
    wrong, ran = [], 0
    for text, line in sorted({line.text: line for line in LINES}.items(), key=turn_of):
        if is_of(line, NOT_RUN) or text in RUNNING:
            continue
        if is_of(line, OFFLINE):
            here.stop()
        try:
            ended = run(line, here)
        except SystemExit as refused:
            ended = Ended(status=int(refused.code or 0), text="the arguments are refused")
        status, says = OTHERWISE.get(is_of(line, OTHERWISE) or "", (0, ""))
        ran += 1
        if ended.status != status or says not in ended.text:
            wrong.append(
                f"{line.page}:{line.number}: {text} ended with {ended.status}: {ended.text}"
            )
    assert wrong == [], "\n".join(wrong)
    assert ran >= SHOWN_AT_LEAST
    record_property("command lines", (len(LINES), ran))


def run(line: Shown, here: World) -> Ended:  # noqa: PLR0911 - one row a kind of line
    """Run a line where it can be done cheaply; what only hands on is looked through."""
    words = [STAND_INS.get(word, word) for word in line.words]
    newest = max((str(each) for each in (here.folder / "usb").glob("*.backup")), default="")
    words = [newest if word.endswith(".backup") else word for word in words]
    match words:
        case ["copytrader", "demo", *argv]:
            return played(argv)
        case ["copytrader", *argv]:
            return piped(here.command(argv), line.piped_into)
        case ["make", *_]:
            return made(words)
        case ["python", "demo/multi_segment_example.py", *argv]:
            # tests/demo_show/test_play.py plays it.
            return played(argv)
        case ["cp", source, _]:
            there = (ROOT / source).exists()
            return Ended(status=0 if there else 1, text=f"{source} is there: {there}")
        case ["demo/start.sh", *argv]:
            return started(argv, here)
    return Ended(status=-1, text="nobody knows how to run this: add it to NOT_RUN, with the reason")


def piped(ended: Ended, words: list[str]) -> Ended:
    """Hand an answer on to the program after the pipe, where this machine has it."""
    if ended.status or not words or shutil.which(words[0]) is None:
        return ended
    done = subprocess.run(words, input=ended.text, capture_output=True, text=True, check=False)
    return Ended(status=done.returncode, text=done.stdout + done.stderr)


def played(argv: list[str]) -> Ended:
    """Read the arguments of a show; tests/demo_show and tests/sim play the days themselves."""
    read_options(argv)
    return Ended(status=0, text="")


def made(words: list[str]) -> Ended:
    """Ask make what it would do; the arguments of a demo are read."""
    done = subprocess.run(
        [*words[:1], "-n", *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    for shown in re.findall(r"-m bot demo ?(.*)", done.stdout):
        read_options(shown.split())
    return Ended(status=done.returncode, text=done.stdout + done.stderr)


def started(argv: list[str], here: World) -> Ended:
    """Start the launcher above a program that notes what it is called with, then call the real one so."""
    called = launched(here.folder, argv, check=0)
    ended = [here.command(line.split()[1:]) for line in called.text.splitlines()]
    return Ended(status=max(each.status for each in ended), text=ended[-1].text)


def launched(folder: Path, argv: list[str], *, check: int) -> Ended:
    """Run demo/start.sh where ``copytrader check`` ends with a status, and ``run`` with 0."""
    program = folder / "bin" / "copytrader"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\necho copytrader "$@"\n[ "$1" = run ] || exit {check}\n')
    program.chmod(0o700)
    done = subprocess.run(
        [ROOT / "demo" / "start.sh", *argv], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": f"{program.parent}:/usr/bin:/bin"},
    )  # fmt: skip
    return Ended(status=done.returncode, text=done.stdout)


def test_the_launcher_starts_only_what_is_well(tmp_path):
    well = launched(tmp_path, ["--env-file", "f"], check=0)
    assert (well.status, well.text.splitlines()) == (
        0,
        ["copytrader check --env-file f", "copytrader run --env-file f"],
    )
    assert launched(tmp_path, [], check=1) == Ended(status=1, text="copytrader check\n")


def test_no_command_line_hides_in_a_block_without_a_language():
    assert [f"{line.page}:{line.number}: {line.text}" for line in unmarked_lines()] == []


def test_what_is_not_run_stands_on_a_page():
    idle = {each for each in NOT_RUN if not any(is_of(line, [each]) for line in LINES)}
    assert idle == set()
    assert {text for text in RUNNING if text not in {line.text for line in LINES}} == set()


def test_every_command_within_a_sentence_is_one():
    parser, wrong, names = build_parser(), [], command_parsers()
    for line in inline_commands():
        if line.words[1:] in [[name] for name in names]:
            continue  # spoken of, without what it needs
        try:
            parser.parse_args(line.words[1:])
        except SystemExit as ended:
            if ended.code:
                wrong.append(f"{line.page}:{line.number}: {line.text}")
    assert wrong == [], "\n".join(wrong)
