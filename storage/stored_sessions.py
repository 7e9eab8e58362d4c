"""The kept sessions of a store, read and sealed anew while nothing runs."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from engine.core.decide import decide
from engine.core.values.control import Requester, ResealSessions
from engine.core.values.events import Allowance, Asked
from engine.core.values.market import AccountName
from storage.journal import Journal
from storage.mark import StoreMark, refuse_the_past

_NOBODY_SENDS: Mapping[AccountName, Allowance] = {}
_NOBODY_LEAVES: Mapping[AccountName, str] = {}


class StoredSessions:
    """The sessions of an open store; make it with :func:`stored_sessions`.

    Attributes:
        tokens: The sealed access token of each account whose session has not ended.
        leaving: What is kept sealed of each follower, in the file or leaving.
    """

    def __init__(self, journal: Journal, mark: StoreMark, by: Requester, at: datetime) -> None:
        self._journal = journal
        self._mark = mark
        self._by = by
        self._at = at
        self._state = journal.load()
        self.tokens: Mapping[AccountName, str] = {
            name: account.sealed_token
            for name, account in self._state.accounts.items()
            if account.session_ok and account.sealed_token
        }

        self.leaving: Mapping[AccountName, str] = {
            name: sealed
            for name, sealed in (*self._state.kept.items(), *self._state.leaving.items())
            if sealed
        }

    def keep(
        self, tokens: Mapping[AccountName, str], leaving: Mapping[AccountName, str] = _NOBODY_LEAVES
    ) -> None:
        """Keep the tokens, and who is leaving, as they are sealed now, all in one transaction.

        What was kept before stays in the journal, as everything does: such a token is worth nothing
        from 06:00 on, when Kite ends every session.

        Raises:
            JournalError: Nothing was kept.
        """
        if not tokens and not leaving:
            return
        request = ResealSessions(tokens=tuple(tokens.items()), leaving=tuple(leaving.items()))
        event = Asked(request=request, by=self._by, update_id=None, sent_at=None, at=self._at)
        decision = decide(self._state, event, _NOBODY_SENDS)
        self._journal.commit([(event, decision.records)])
        self._mark.note(self._journal)


@contextlib.contextmanager
def stored_sessions(
    data_dir: Path, mark: StoreMark, *, by: Requester, at: datetime
) -> Iterator[StoredSessions]:
    """Open the store of a data folder for its sessions, while the instance lock is held.

    Raises:
        StoreDamaged: It is of the past, or fails a check; nothing was changed.
    """
    with contextlib.closing(Journal.open(data_dir)) as journal:
        refuse_the_past(journal, mark)
        yield StoredSessions(journal, mark, by, at)
