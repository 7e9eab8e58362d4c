"""What people are told, and what they ask for."""

import engine.core.chat.copying_asks
import engine.core.observe.taking_part
import engine.core.planning.entry_checks
import engine.core.planning.plan_entry
import engine.runner
from engine.core.state.turn import Turn
from engine.core.values import records as r
from tests.sim.mutants.planting import Mutant, a_life, then, trouble

#: The exit is refused, and so is what closes the orphan that it leaves.
REFUSED_EXIT = a_life("buy", "sell", troubles=tuple(trouble("margin", nth=n) for n in range(2, 9)))


def records_no_reason(patch) -> None:
    for room in (
        engine.core.planning.plan_entry,
        engine.core.planning.entry_checks,
        engine.core.observe.taking_part,
    ):
        patch.setattr(room, "skip", lambda *_, **__: None)


def raises_no_alert(patch) -> None:
    patch.setattr(Turn, "tell", lambda *_, **__: None)


def loses_alerts_on_the_way(patch) -> None:
    honest = engine.runner.Runner._act

    def forgetful(self, decisions) -> None:
        hooks, self._hooks = (
            self._hooks,
            engine.runner.Hooks(
                notify=lambda _: None, read=self._hooks.read, restored=self._hooks.restored
            ),
        )
        honest(self, decisions)
        self._hooks = hooks

    patch.setattr(engine.runner.Runner, "_act", forgetful)


def starts_from_nothing(patch) -> None:
    honest = engine.core.chat.copying_asks.baseline

    def reset(turn, *rest, **more) -> None:
        honest(turn, *rest, **more)
        for books in turn.state.books.values():
            for book in books.values():
                if book.held:
                    turn.emit(r.HeldEnded(key=book.key, units=book.held, at=turn.at))

    patch.setattr(engine.core.chat.copying_asks, "baseline", reset)


PEOPLE = (
    Mutant(
        name="reason not recorded for a skip",
        breaks="an order that was not copied has neither an order nor a reason",
        plant=records_no_reason,
        plans=(a_life("pause", "buy"),),
        said="no order and no reason",
    ),
    Mutant(
        name="alert dropped",
        breaks="an exit that was refused is left, and nobody hears of it",
        plant=raises_no_alert,
        plans=(REFUSED_EXIT,),
        said="are left and nobody was told",
    ),
    Mutant(
        name="alert lost between store and chat",
        breaks="an alert is in the store and is never handed to the chat",
        plant=loses_alerts_on_the_way,
        plans=(REFUSED_EXIT,),
        said="was raised and never handed on",
    ),
    Mutant(
        name="baseline resets a child",
        breaks="/stop and /start_copy forget what is held",
        plant=starts_from_nothing,
        plans=(a_life("buy", "stop", "start", then("sell")),),
        said="the store holds 0, the exchange",
    ),
)
