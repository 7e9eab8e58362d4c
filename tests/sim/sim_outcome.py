"""What came of a simulated day, and all days that this process ran."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """What came of a day.

    Attributes:
        seams: Places at which the last life met the world until its troubles ended; see `Deaths`.
        opening: Those that it passed before the first act.
        kills: Lives that ended before their time.
        turns: Of the loop, all in all.
        trace: Fingerprint of every write that left, with its moment and its body.
        children: Orders planned for followers.
        faults: Kinds of faults that truly met a call.
    """

    violations: list[str] = field(default_factory=list)
    writes: int = 0
    copied: int = 0
    lives: int = 0
    kills: int = 0
    seams: int = 0
    opening: int = 0
    turns: int = 0
    trace: str = ""
    children: int = 0
    faults: tuple[str, ...] = ()
    alerts: list[str] = field(default_factory=list)


#: Every day that this process ran, with the seconds of the processor it took.
COUNTED: list[tuple[Outcome, float]] = []
