"""One round: which orders must come, which did, and when."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import parse_qsl

from bench.accounts import Client, Group
from bench.broker.requests import Request
from bench.messages import Played
from bench.order import fields_of

#: Most characters of a tag. Source: Kite Connect docs, orders.
_LONGEST_TAG = 20


@dataclass(frozen=True, slots=True)
class Arrival:
    """An order that came, and the id it was answered with."""

    order_id: str
    request: Request

    @property
    def fields(self) -> dict[str, str]:
        """Its form fields."""
        return dict(parse_qsl(self.request.body.decode()))


class Round:
    """The orders of one client's followers after one frame."""

    def __init__(self, group: Group, side: str) -> None:
        self.all_came = asyncio.Event()
        self.sent_ns = 0
        self._group = group
        self._side = side
        self._names = {one.user_id: one.name for one in group.followers}
        self._came: defaultdict[str, list[Arrival]] = defaultdict(list)

    def take(self, user_id: str, arrival: Arrival) -> bool:
        """Note an order; return whether it is of this round.

        Nothing is judged yet: others are on their way.
        """
        if user_id not in self._names:
            return False
        self._came[user_id].append(arrival)
        if len(self._came) == len(self._names):
            self.all_came.set()
        return True

    def first_of(self, user_id: str) -> Arrival | None:
        """Return the order of a follower, if it came."""
        arrivals = self._came.get(user_id)
        return arrivals[0] if arrivals else None

    def judged(self, strays: tuple[str, ...]) -> Played:
        """Return what came, with every fault.

        Args:
            strays: Faults that are already known.
        """
        stamps = sorted(arrivals[0].request.at_ns for arrivals in self._came.values())
        whole = len(self._came) == len(self._names)
        return Played(
            first_us=(stamps[0] - self.sent_ns) / 1000 if stamps else None,
            last_us=(stamps[-1] - self.sent_ns) / 1000 if whole else None,
            sent_ns=self.sent_ns,
            arrived=len(self._came),
            faults=(*strays, *self._faults()),
        )

    def _faults(self) -> list[str]:
        faults: list[str] = []
        tags: set[str] = set()
        for user_id, name in self._names.items():
            arrivals = self._came.get(user_id, [])
            if len(arrivals) != 1:
                faults.append(f"{name}: {len(arrivals)} orders instead of one")
            for arrival in arrivals:
                fields = arrival.fields
                tag = fields.pop("tag", None)
                fields.pop("variety", None)  # the SDK says again what the path says
                if fields != fields_of(self._side):
                    faults.append(f"{name}: not the order that was wanted: {fields}")
                if self._group.client is Client.PROGRAM:
                    faults += _tag_faults(name, tag, tags)
        return faults


def _tag_faults(name: str, tag: str | None, tags: set[str]) -> list[str]:
    """Check the program's own promise: a tag that begins with KC and is never used again."""
    if tag is None or not tag.startswith("KC") or not tag.isalnum() or len(tag) > _LONGEST_TAG:
        return [f"{name}: the tag {tag!r} is none of the program's"]
    if tag in tags:
        return [f"{name}: the tag {tag!r} came twice"]
    tags.add(tag)
    return []
