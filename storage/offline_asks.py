"""Do what a person at the command line asks while nothing runs: decided and kept as if it ran."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from engine.core.decide import decide
from engine.core.state.state import State
from engine.core.values.control import Reply, Request, Requester
from engine.core.values.events import Allowance, Asked
from engine.core.values.market import AccountName
from storage.journal import Journal
from storage.mark import StoreMark, refuse_the_past

_NOBODY_SENDS: Mapping[AccountName, Allowance] = {}


class OfflineDesk:
    """Decides requests that send nothing, on a store that no instance has.

    Attributes:
        state: As the store tells it, and as the requests leave it.
    """

    def __init__(self, journal: Journal, mark: StoreMark | None) -> None:
        self.state = journal.load()
        self._journal, self._mark = journal, mark

    def ask(self, request: Request, *, by: Requester, at: datetime) -> Reply:
        """Decide a request, and keep what comes of it.

        Raises:
            JournalError: It cannot be written; nothing was changed.
        """
        event = Asked(request=request, by=by, update_id=None, sent_at=None, at=at)
        decision = decide(self.state, event, _NOBODY_SENDS)
        if decision.records:
            self._journal.commit([(event, decision.records)])
            if self._mark is not None:
                self._mark.note(self._journal)
        return decision.reply or Reply(accepted=True, text="")


@contextlib.contextmanager
def offline_desk(data_dir: Path, mark: StoreMark | None) -> Iterator[OfflineDesk]:
    """Open the store for requests. Call it while the instance lock is held.

    Args:
        data_dir: The folder of the store; one that is not there yet is begun.
        mark: Where it is noted how far the store has come; None: one of the past is taken too.

    Raises:
        StoreDamaged: The store is of the past; nothing was changed.
        JournalError: It cannot be opened; nothing was changed.
    """
    with contextlib.closing(Journal.open(data_dir)) as journal:
        if mark is not None:
            refuse_the_past(journal, mark)
        yield OfflineDesk(journal, mark)


def ask_offline(
    data_dir: Path,
    mark: StoreMark,
    request: Request,
    *,
    by: Requester,
    at: datetime,
    restored: Callable[[State], None],
) -> Reply:
    """Decide a request that sends nothing, and keep what comes of it.

    Call it while the instance lock is held. A store that is not there yet is begun.

    Args:
        data_dir: The folder of the store.
        mark: Where it is noted how far the store has come.
        request: What is asked.
        by: Who asks.
        at: Now.
        restored: Puts what is not journalled into the state that was loaded.

    Raises:
        StoreDamaged: The store is of the past; nothing was changed.
        JournalError: It cannot be opened or written; nothing was changed.
    """
    with offline_desk(data_dir, mark) as desk:
        restored(desk.state)
        return desk.ask(request, by=by, at=at)
