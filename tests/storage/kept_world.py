"""A world whose journal is the real store."""

from pathlib import Path

from engine.core.state.turn import Decision
from storage.journal import Journal
from tests.core.core_world import World


class KeptWorld(World):
    """Commits every decision as the running program does."""

    def __init__(self, folder: Path, *followers, **how):
        self.store = Journal.open(folder)
        super().__init__(*followers, **how)

    def offer(self, event) -> Decision:
        obliging, self.obliging = self.obliging, False
        decision = super().offer(event)
        if decision.records:
            self.store.commit([(event, decision.records)])
        self.obliging = obliging
        if obliging:
            self._oblige()
        return decision
