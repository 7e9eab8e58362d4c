"""Puts the show together: a temporary folder, the stage, the director, an audience, an end."""

import shutil
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from demo.chat.errors import NotShownError
from demo.days.acting import Hands
from demo.days.day import Day
from demo.days.programme import make_day
from demo.exchange.catalogue import catalogue
from demo.exchange.wire import IST
from demo.picture.chart import Chart, chart_of
from demo.show.accounting import Accounting, FollowerBook, all_right
from demo.show.director import Director, ProgramEndedError, Progress
from demo.show.opening import OPENING
from demo.show.options import Options
from demo.show.verdict import ratio_mark
from demo.stage import Plan, Stage
from engine.clock import SystemClock

#: The least real seconds a beat takes, however long a day's own pauses are.
_LEAST_PACE_S = 0.05
_TAIL_LINES = 25


class Show(Protocol):
    """Whoever lets the audience see it."""

    def begin(self, director: Director) -> None:
        """Take whose show it is; exchange and chat are open."""

    def scene_began(self, progress: Progress) -> None:
        """Announce a scene."""

    def tell(self, text: str) -> None:
        """Tell what the master does, or what goes wrong."""

    async def follow(self) -> None:
        """Keep the picture moving until cancelled."""

    async def curtain(self) -> None:
        """Leave the last picture for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the show ended.

    Attributes:
        books: Every follower's book at the end.
        master_orders: How many orders the master placed.
        failure: Why the show broke off, in one line; None where it ran to its end.
        folder: Where settings, store and log are kept for a look; None where nothing went wrong.
        log_tail: The end of the program's log; empty where nothing went wrong.
        chart: What the picture of the day shows; None where nothing was traded.
    """

    books: Sequence[FollowerBook]
    master_orders: int
    failure: str | None = None
    folder: Path | None = None
    log_tail: str = ""
    chart: Chart | None = None

    @property
    def is_good(self) -> bool:
        """Whether the show ran to its end and every book is right."""
        return self.failure is None and all_right(self.books)


async def play(options: Options, show: Show) -> Outcome:
    """Play a show from curtain to curtain and end everything that it started.

    Args:
        options: What the user asked for.
        show: Lets the audience see it.

    Returns:
        How it ended. The temporary folder is gone unless something went wrong.
    """
    folder = Path(tempfile.mkdtemp(prefix="copytrader-demo-"))
    listed = catalogue(SystemClock().now().astimezone(IST).date())
    day = make_day(options.scenario, listed, seed=options.seed)
    stage = _stage(options, day, folder)
    accounting = Accounting.on(stage)
    hands = Hands(
        exchange=stage.exchange,
        left_out=accounting.left_out,
        tell=show.tell,
    )
    director = Director(
        stage=stage,
        accounting=accounting,
        hands=hands,
        pace=max(_LEAST_PACE_S, (options.seconds - day.pauses_s) / day.beats),
        scene_began=show.scene_began,
    )
    outcome: Outcome | None = None
    try:
        failure = await _perform(director, day, show)
        status = await stage.stop_program()
        if failure is None and status != 0:
            failure = f"the program was asked to stop and ended with status {status}"
        outcome = _outcome(director, day, failure)
        return outcome
    finally:
        await stage.close()
        if outcome is None or outcome.is_good:
            shutil.rmtree(folder, ignore_errors=True)


async def _perform(director: Director, day: Day, show: Show) -> str | None:
    """Run the scenes; return why they broke off, or None."""
    stage = director.stage
    try:
        await stage.open()
        show.begin(director)
        await director.run(OPENING, day.scenes)
        await show.curtain()
    except ProgramEndedError as error:
        return str(error)
    except NotShownError as error:
        return f"the bot did not answer as it should: {error}"
    except TimeoutError:
        return "the program did not begin to listen to the chat in time"
    except BrokenPipeError:
        raise  # nobody looks any more; there is nothing to keep
    except OSError as error:
        return f"the stage could not be set: {error}"
    except Exception as error:  # noqa: BLE001 - whatever broke, the audience gets one line, and the books
        (stage.plan.folder / "demo.log").write_text(traceback.format_exc(), encoding="utf-8")
        return f"unexpected error, {type(error).__name__}: {error} - see demo.log"
    return None


def _stage(options: Options, day: Day, folder: Path) -> Stage:
    family = day.family
    plan = Plan(
        folder=folder,
        followers=len(family.multipliers),
        poor=family.poor,
        poor_funds=family.poor_funds,
        multipliers=dict(zip(family.names, family.multipliers, strict=True)),
        rules=family.rules,
        seed=options.seed,
        latency_s=0.004,
    )
    return Stage(plan)


def _outcome(director: Director, day: Day, failure: str | None) -> Outcome:
    books = director.accounting.books()
    is_good = failure is None and all_right(books)
    stage = director.stage
    return Outcome(
        books=books,
        master_orders=len(director.accounting.master_orders()),
        failure=failure,
        folder=None if is_good else stage.plan.folder,
        log_tail="" if is_good else stage.tail_of_log(_TAIL_LINES),
        chart=_chart(director, day, books, is_good=is_good),
    )


def _chart(
    director: Director, day: Day, books: Sequence[FollowerBook], *, is_good: bool
) -> Chart | None:
    exchange = director.stage.exchange
    sizes = ", ".join(f"{book.name} {ratio_mark(book.ratio)}" for book in books)
    verdict = "every book is as it should be" if is_good else "A BOOK IS NOT AS IT SHOULD BE"
    return chart_of(
        exchange,
        books,
        director.hands.moments,
        title=f"LIVE · demo day “{day.name}” · positions over time",
        subtitle=f"{exchange.now():%d %b %Y} · units held (MCX, CDS: lots) · {sizes} · {verdict}",
    )
