"""Tapes: everything that was given to `decide` in a simulated day, and what it made of it.

`python -m tests.sim.sim_tape` records the kept days anew, after a change of decisions that is meant.

The journal alone does not make a day again: it has the events that came to records, not the ticks and
reads that came to none, nor what the lanes still allowed, nor rules and instruments. A tape has all of
these, so a tape is what is replayed.
"""

import argparse
import gzip
import logging
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

import tests.sim.sim_judges
from engine.core.decide import decide
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values.events import Allowance, Event
from engine.core.values.instruments import Instrument, InstrumentBook
from engine.core.values.market import AccountName
from engine.core.values.records import Record
from engine.core.values.rules import FollowerRules, Mirror
from storage.codec import decode_event, decode_record, encode_event, encode_record
from storage.journal import STORE_NAME
from tests.sim.sim_day import run_day
from tests.sim.sim_hours import calendar_of
from tests.sim.sim_plan import Hours, Plan, plan_of

GOLDEN = Path(__file__).parent / "golden"
#: Days that are kept: a quiet one, and one of faults, deaths and restarts.
KEPT = {"quiet": plan_of(1, troubled=False), "troubled": plan_of(1047)}
AGAIN = "if that is meant: python -m tests.sim.sim_tape"


class Said(msgspec.Struct, omit_defaults=True):
    """A line of a tape: a new life that found so many events in its store, or an event decided."""

    life: int | None = None
    event: tuple[str, str] | None = None
    allowed: dict[str, tuple[int, int]] = {}
    records: list[tuple[str, str]] = []
    listed: list[Instrument] = []  # where the list of the day has come since the line before


class Setup(msgspec.Struct):
    """The first line: what was configured, and today's instruments."""

    install_id: str
    rules: list[tuple[str, str, str, str]]
    instruments: list[Instrument]
    whole: list[FollowerRules] = []  # of every tape that was recorded since there are limits
    hours: Hours | None = None  # when the exchanges take entries on the first day
    total_loss: Decimal | None = None


class Tape:
    """Stands where the simulation decides, and writes down."""

    def __init__(self, data_dir: Path, plan: Plan) -> None:
        self.setup: Setup | None = None
        self._hours = plan.hours
        self.lines: list[Said] = []
        self._store = data_dir / STORE_NAME
        self._state: State | None = None
        self._book: InstrumentBook | None = None

    def decide(
        self, state: State, event: Event, allowances: Mapping[AccountName, Allowance]
    ) -> Decision:
        """Decide as the engine does; whoever's state is a new one began a new life."""
        if state is not self._state:
            self._state, self._book = state, None
            self._begin(state)
        asked, came = Asked(allowances), state.instruments is not self._book
        self._book = state.instruments
        decision = decide(state, event, asked)
        kind, body = encode_event(event)
        self.lines.append(
            Said(
                event=(kind, body.decode()),
                allowed=asked.told,
                records=[(k, b.decode()) for k, b in map(encode_record, decision.records)],
                listed=list(state.instruments._by_key.values()) if came else [],
            )
        )
        return decision

    def _begin(self, state: State) -> None:
        rules = [(r.name, r.user_id, str(r.multiplier), r.mirror) for r in state.rules.values()]
        self.setup = Setup(
            install_id=state.install_id,
            rules=rules,
            instruments=list(state.instruments._by_key.values()),
            whole=[
                replace(each, segment_multipliers=dict(each.segment_multipliers))
                for each in state.rules.values()
            ],
            hours=self._hours,
            total_loss=state.total_loss_limit,
        )
        with closing(sqlite3.connect(f"file:{self._store}?mode=ro", uri=True)) as db:
            (found,) = db.execute("SELECT count(*) FROM events").fetchone()
        self.lines.append(Said(life=found))

    def bytes(self) -> bytes:
        """Return the tape, small."""
        lines = [msgspec.json.encode(line) for line in (self.setup, *self.lines)]
        return gzip.compress(b"\n".join(lines), 9, mtime=0)


class Asked(Mapping[AccountName, Allowance]):
    """Allowances that note which were asked for, however that is done."""

    def __init__(self, allowances: Mapping[AccountName, Allowance]) -> None:
        self.told: dict[str, tuple[int, int]] = {}
        self._allowances = allowances

    def __getitem__(self, name: AccountName) -> Allowance:
        found = self._allowances[name]
        self.told[name] = (found.entries, found.total)
        return found

    def __iter__(self) -> Iterator[AccountName]:
        return iter(self._allowances)

    def __len__(self) -> int:
        return len(self._allowances)


def recorded(plan: Plan, data_dir: Path) -> bytes:
    """Run a day and return its tape; the day must keep its promises."""
    tape = Tape(data_dir, plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tests.sim.sim_judges, "decide", tape.decide)
        # As long as an order may take to appear, where one may be late.
        outcome = run_day(plan, data_dir, rest_s=150 if plan.troubles or plan.deaths else 30)
    assert not outcome.violations, outcome.violations
    return tape.bytes()


def lines_of(tape: bytes) -> tuple[Setup, list[Said]]:
    first, *rest = gzip.decompress(tape).split(b"\n")
    return msgspec.json.decode(first, type=Setup), [
        msgspec.json.decode(line, type=Said) for line in rest
    ]


def replay(tape: bytes) -> str:
    """Decide every event of a tape anew; return the first difference, or an empty text."""
    setup, lines = lines_of(tape)
    state, kept = State(), list[Sequence[Record]]()
    for number, line in enumerate(lines):
        if line.event is None:
            assert line.life is not None
            del kept[line.life :]  # what was decided and never became durable
            state = began(setup, kept)
            continue
        if line.listed:
            state.instruments = _book_of(line.listed)
        event = decode_event(line.event[0], line.event[1].encode())
        allowed = {
            AccountName(n): Allowance(entries=e, total=t) for n, (e, t) in line.allowed.items()
        }
        made = decide(state, event, allowed).records
        wanted = tuple(decode_record(kind, body.encode()) for kind, body in line.records)
        if made != wanted:
            return f"line {number}, {line.event[0]} at {event.at}: {_first(made, wanted)} - {AGAIN}"
        if wanted:
            kept.append(wanted)
    return ""


def began(setup: Setup, kept: Iterable[Sequence[Record]]) -> State:
    """Return the state of a start on these records."""
    state = State(install_id=setup.install_id)
    for records in kept:
        for record in records:
            apply(state, record)
    state.rules = {
        AccountName(name): FollowerRules(
            name=AccountName(name), user_id=user_id, multiplier=Decimal(multiplier), mirror=Mirror(mirror),
        )
        for name, user_id, multiplier, mirror in setup.rules
    }  # fmt: skip
    state.rules |= {each.name: each for each in setup.whole}
    state.instruments = _book_of(setup.instruments)
    state.calendar = calendar_of(setup.hours)
    state.total_loss_limit = setup.total_loss
    return state


def _book_of(listed: Iterable[Instrument]) -> InstrumentBook:
    return InstrumentBook({each.key: each for each in listed}, content_hash="tape")


def _first(made: Sequence[Record], wanted: Sequence[Record]) -> str:
    pairs: Iterator[tuple[object, object]] = zip(made, wanted, strict=False)
    for one, other in pairs:
        if one != other:
            return f"{one} instead of {other}"
    longer = made if len(made) > len(wanted) else wanted
    return (
        f"{'one too many' if longer is made else 'missing'}: {longer[min(len(made), len(wanted))]}"
    )


def main() -> None:
    """Record the kept days."""
    argparse.ArgumentParser(prog="python -m tests.sim.sim_tape", description=__doc__).parse_args()
    logging.disable()  # refused reads are part of a day
    for name, plan in KEPT.items():
        with tempfile.TemporaryDirectory() as folder:
            (GOLDEN / f"{name}.jsonl.gz").write_bytes(recorded(plan, Path(folder)))


if __name__ == "__main__":
    main()
