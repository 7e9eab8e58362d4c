"""Days on which the file of settings is read again: followers off and on, out of it and back in the middle.

Drawn with a stream of chance of their own. The file is what outlives the program; in LIVE what is looser is
confirmed by a person now and then, or not at all until the day is healed.
"""

import dataclasses
import random
from collections.abc import Callable

from msgspec.structs import replace

from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.commands import Command, Outcome, Place, Priority
from engine.core.values.market import AccountName
from engine.core.values.offers import OfferKind, Verb
from engine.core.values.rules import FollowerRules
from engine.ports import OrderGateway
from tests.sim.sim_life import life_of
from tests.sim.sim_lives import Lives
from tests.sim.sim_plan import Act, Plan, plan_of
from tests.sim.sim_setting import Setting

#: Kinds of acts, and how often they happen; `yes` confirms what waits, `delete` only edits the file.
REREADS = {"off": 2.0, "on": 2.0, "leave": 2.0, "delete": 2.0, "back": 2.0, "yes": 3.0}
_PAUSES = (0.02, 0.4, 1.0, 2.5)


def reread_of(seed: int, *, troubled: bool = True) -> Plan:
    """Return the day of a seed with such acts strewn in."""
    day_of = life_of if seed % 2 else plan_of
    plan, rng = day_of(seed, troubled=troubled), random.Random(f"{seed}:reread")
    acts = list(plan.acts)
    # Not after the close or the night: by then everybody is back.
    most = next((n for n, act in enumerate(acts) if act.kind in ("close", "night")), len(acts))
    for _ in range(rng.randint(2, 7)):
        act = Act(
            after=rng.choice(_PAUSES),
            kind=rng.choices(list(REREADS), list(REREADS.values()))[0],
            follower=rng.randint(1, 3),
        )
        acts.insert(rng.randint(1, most), act)
    return dataclasses.replace(plan, acts=tuple(acts))


class Rereads:
    """Edits the file, has it read again, and knows who may enter nothing.

    Args of the constructor: ``setting`` holds the file, ``lives`` the program, ``state`` gives what it knows.
    """

    def __init__(self, setting: Setting, lives: Lives, state: Callable[[], State]) -> None:
        self._setting, self._lives, self._state = setting, lives, state
        self._begun = 0
        self._off: set[AccountName] = set()

    async def do(self, kind: str, name: AccountName) -> None:
        """Do an act, at a living program."""
        if kind == "yes":
            await self._confirm()
            return
        file = dict(self._setting.file)
        whole = {rules.name: rules for rules in self._setting.rules}[name]
        if kind == "delete":
            # It counts from the next reading or start, whichever comes.
            self._setting.file.pop(name, None)
            return
        if kind == "leave":
            file.pop(name, None)
        elif kind == "back" or name in file:
            file[name] = replace(whole, enabled=kind != "off")
        await self._read_again(file)
        self._off |= {
            rules.name for rules in self._setting.rules if not self._may_enter(file.get(rules.name))
        }

    async def everybody(self) -> None:
        """Have everybody in the file, and a person say yes to that."""
        await self._read_again({rules.name: rules for rules in self._setting.rules})
        await self._confirm()

    def off(self) -> set[AccountName]:
        """Return who may enter nothing now; a start reads the file, and goes on letting go of who leaves."""
        if self._lives.begun != self._begun:
            self._begun = self._lives.begun
            leaving, file = self._state().leaving, self._lives.now().file
            self._off = {
                rules.name
                for rules in self._setting.rules
                if rules.name in leaving or not self._may_enter(file.get(rules.name))
            }
        return self._off

    @staticmethod
    def _may_enter(rules: FollowerRules | None) -> bool:
        return rules is not None and rules.enabled

    async def _read_again(self, file: dict[AccountName, FollowerRules]) -> None:
        """Have a file written and read; a program that dies in between finds it at its start."""
        self.off()  # What this life began with, before it learns better.
        self._setting.file = file
        known = self._state().env_rules
        request = c.TakeSettings(
            rules=tuple(file.values()),
            total_loss_limit=self._setting.total_loss,
            sealed=tuple((name, "sealed") for name in known if name not in file),
        )
        await self._lives.ask(request)
        self._note()

    async def _confirm(self) -> None:
        for offer in list(self._state().open_offers.values()):
            if offer.question.kind is not OfferKind.SETTINGS:
                continue
            token = f"digest-{offer.offer_id}"
            await self._lives.ask(c.MakeButtons(offer_id=offer.offer_id, token=token))
            choices = [each.verb for each in offer.question.choices]
            await self._lives.ask(c.Choose(token=token, choice=choices.index(Verb.APPLY)))
        self._note()

    def _note(self) -> None:
        """Whoever counts again by the program's own word may enter; who may not is noted by the act."""
        state = self._state()
        for name, rules in state.rules.items():
            if rules.enabled and name in self._setting.file:
                self.off().discard(name)


class NoEntries(OrderGateway):
    """A gateway that passes everything on, and looks that who is off enters nothing."""

    def __init__(
        self,
        inner: OrderGateway,
        off: Callable[[], set[AccountName]],
        broken: Callable[[str], None],
    ) -> None:
        self._inner, self._off, self._broken = inner, off, broken

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        entry = isinstance(command, Place) and command.priority is Priority.ENTRY
        if entry and command.follower in self._off():
            self._broken(f"{command.intent_id}: {command.follower} enters, and is off or removed")
        self._inner.submit(command, timeout_s=timeout_s, done=done)

    async def warm(self) -> None:
        await self._inner.warm()

    async def close(self) -> None:
        await self._inner.close()
