"""What the processes of the benchmark say to each other: one line of JSON each, over pipes."""

import msgspec

from bench.accounts import Client, Group


class BrokerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the broker is started with.

    Attributes:
        chain: Its certificate, PEM.
        key: The key of it, PEM.
        groups: Everybody who may log in, trade and listen.
    """

    chain: str
    key: str
    groups: tuple[Group, ...]


class BrokerReady(msgspec.Struct, frozen=True, kw_only=True):
    """The broker listens.

    Attributes:
        port: TCP port on 127.0.0.1.
        kernel_stamps: Whether arrivals are stamped by the kernel.
        uvloop: Whether its loop is uvloop.
    """

    port: int
    kernel_stamps: bool
    uvloop: bool


class PlayRound(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Fill an order of a client's master, send the frame of it, and wait for the followers'.

    Attributes:
        client: Whose master.
        side: BUY or SELL.
        delay_ms: Before each order is answered.
        timeout_s: How long the last follower's order is waited for.
        pid: The client's process.
    """

    client: Client
    side: str
    delay_ms: float
    timeout_s: float
    pid: int


class Look(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say what a client's accounts have done so far."""

    client: Client


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a round.

    Attributes:
        first_us: From the frame's first byte to the first follower's whole order, microseconds;
            None where none came.
        last_us: The same to the last follower's.
        sent_ns: When the frame left, nanoseconds of CLOCK_REALTIME; 0 where it did not.
        waited_us: Of that, how long the client was ready to run and had no processor, microseconds;
            None where the system does not tell.
        arrived: Followers whose order came.
        faults: Orders that were missing, doubled, of nobody or wrong, one line each; those that
            came after the round before are among them.
    """

    first_us: float | None
    last_us: float | None
    sent_ns: int = 0
    waited_us: float | None = None
    arrived: int
    faults: tuple[str, ...]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a client's accounts have done so far.

    Attributes:
        connections: Open ones, of all clients together.
        streams: Accounts of the client with an open stream.
        watched: Accounts whose orders and positions were both read.
        nets: Signed units held by each follower.
        other_writes: Changes and cancels that were asked for, of all clients together. The rounds
            need none: every order fills whole.
        faults: Orders that came outside of any round, one line each, told once.
    """

    connections: int
    streams: int
    watched: int
    nets: tuple[int, ...]
    other_writes: int
    faults: tuple[str, ...]


class BaselinePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a baseline's process is started with.

    Attributes:
        group: Its accounts; ``group.client`` says which baseline it is.
        port: The broker's.
        authority: The certificate authority to trust, PEM.
        folder: Where a journal goes; on the disk of the program's own.
    """

    group: Group
    port: int
    authority: str
    folder: str
