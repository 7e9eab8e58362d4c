"""Do what a person at the command line asks while nothing runs: decided and kept as if it ran."""

import contextlib
from collections.abc import Callable, Mapping
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
    with contextlib.closing(Journal.open(data_dir)) as journal:
        refuse_the_past(journal, mark)
        state = journal.load()
        restored(state)
        event = Asked(request=request, by=by, update_id=None, sent_at=None, at=at)
        decision = decide(state, event, _NOBODY_SENDS)
        if decision.records:
            journal.commit([(event, decision.records)])
            mark.note(journal)
    return decision.reply or Reply(accepted=True, text="")
