"""Who takes part: every client has a master and followers of its own at the one broker."""

from dataclasses import dataclass
from enum import StrEnum, unique


@unique
class Client(StrEnum):
    """What is measured, in the order of play. The values are names for the JSON and the tables."""

    PROGRAM = "program"
    FLOOR = "floor"
    FLOOR_COMMIT = "floor_commit"
    AIOHTTP = "aiohttp_aiosqlite"
    THREADS = "kite_threads"
    LOOP = "kite_loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account at the broker.

    Attributes:
        user_id: Kite client id.
        name: As the program's settings and chat call it.
        api_key: Of its app.
        api_secret: Of its app.
        access_token: A session that is open from the start; empty where the client logs in.
    """

    user_id: str
    name: str
    api_key: str
    api_secret: str
    access_token: str = ""

    @property
    def authorization(self) -> str:
        """The value of the header that names the session. Source: Kite Connect docs, user."""
        return f"token {self.api_key}:{self.access_token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The accounts of one client."""

    client: Client
    master: Account
    followers: tuple[Account, ...]


def group_of(client: Client, followers: int) -> Group:
    """Return the accounts of a client; only the program has to log its own in."""
    number = list(Client).index(client)
    accounts = []
    for place in range(followers + 1):
        user_id = f"{'MF'[place > 0]}{number}{place:04d}"
        accounts.append(
            Account(
                user_id=user_id,
                name=f"f{place}" if place else "master",
                api_key=f"key{user_id.lower()}",
                api_secret=f"secret{user_id.lower()}",
                access_token="" if client is Client.PROGRAM else f"token{user_id.lower()}",
            )
        )
    return Group(client=client, master=accounts[0], followers=tuple(accounts[1:]))
