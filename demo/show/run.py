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
from demo.show.accounting import Accounting, FollowerBook, all_right
from demo.show.director import Director, ProgramEndedError, Progress
from demo.show.opening import OPENING
from demo.show.options import Options
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
    """

    books: Sequence[FollowerBook]
    master_orders: int
    failure: str | None = None
    folder: Path | None = None
    log_tail: str = ""

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
    outcome: Outcome | None = None
    try:
        failure = await _perform(options, day, show, stage, accounting)
        status = await stage.stop_program()
        if failure is None and status != 0:
            failure = f"the program was asked to stop and ended with status {status}"
        outcome = _outcome(stage, accounting, failure)
        return outcome
    finally:
        await stage.close()
        if outcome is None or outcome.is_good:
            shutil.rmtree(folder, ignore_errors=True)


async def _perform(
    options: Options, day: Day, show: Show, stage: Stage, accounting: Accounting
) -> str | None:
    """Run the scenes; return why they broke off, or None."""
    try:
        await stage.open()
        director = Director(
            stage=stage,
            accounting=accounting,
            hands=Hands(
                exchange=stage.exchange,
                user_ids={name: stage.user_id(name) for name in ("master", *stage.names)},
                left_out=accounting.left_out,
                tell=show.tell,
            ),
            pace=max(_LEAST_PACE_S, (options.seconds - day.pauses_s) / day.beats),
            scene_began=show.scene_began,
        )
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


def _outcome(stage: Stage, accounting: Accounting, failure: str | None) -> Outcome:
    books, master_orders = accounting.books(), len(accounting.master_orders())
    if failure is None and all_right(books):
        return Outcome(books=books, master_orders=master_orders)
    return Outcome(
        books=books,
        master_orders=master_orders,
        failure=failure,
        folder=stage.plan.folder,
        log_tail=stage.tail_of_log(_TAIL_LINES),
    )
