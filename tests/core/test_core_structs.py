"""The core's values are structs: what the collector may overlook, and how they are copied."""

import importlib
import pkgutil
import re
import typing
from pathlib import Path

import msgspec

import engine.core
from engine.core.values import events, records

ROOT = Path(__file__).parents[2]


def structs_of_the_core():
    for module in pkgutil.walk_packages(engine.core.__path__, "engine.core."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, msgspec.Struct):
                yield each


def named_in(hint):
    """Yield the structs that a type hint names, at any depth."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inner in typing.get_args(hint):
        yield from named_in(inner)


def test_nothing_that_the_collector_overlooks_can_lead_back_to_itself():
    leads_to = {
        each: {found for hint in typing.get_type_hints(each).values() for found in named_in(hint)}
        for each in set(structs_of_the_core())
    }
    assert len(leads_to) > 200
    overlooked = [each for each in leads_to if not each.__struct_config__.gc]
    assert len(overlooked) > 150
    for each in overlooked:
        seen, ahead = set(), list(leads_to[each])
        while ahead:
            found = ahead.pop()
            if found not in seen:
                seen.add(found)
                ahead += leads_to[found]
        assert each not in seen, f"{each.__name__} may be part of a cycle: take gc=False off"


def test_every_event_and_record_is_a_frozen_struct():
    for kind in (*typing.get_args(events.Event), *typing.get_args(records.Record)):
        assert issubclass(kind, msgspec.Struct), kind
        assert kind.__struct_config__.frozen, kind


def test_no_struct_is_copied_as_a_dataclass():
    """mypy takes one for the other; the copy would raise when it is made."""
    wrong = re.compile(
        r"^from dataclasses import .*\b(replace|asdict|fields)\b|dataclasses\.\w", re.MULTILINE
    )
    for path in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("storage/**/*.py")):
        assert not wrong.search(path.read_text()), path
