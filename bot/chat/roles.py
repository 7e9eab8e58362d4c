"""What each role may do: the one table. What is not named here, owners alone may do."""

from engine.core.values.people import Role

#: Of a follower these show his own account alone (``role_desk.py``).
_READS = frozenset(
    {"start", "help", "version", "status", "positions", "orders", "pnl", "funds", "limits", "why"}
)
#: A code that nobody is waiting for is deleted, whoever sends it; each sets how loud his own chat is.
_ALL = frozenset({"code", "pair", "alerts"})
_MAY: dict[Role, frozenset[str]] = {
    Role.OPERATOR: _READS | _ALL | {"diff", "latency", "report", "stop", "pause"},
    Role.FOLLOWER: _READS | _ALL | {"pause"},
}


def may(role: Role, act: str) -> bool:
    """Return whether somebody of a role may do something.

    Args:
        role: His role.
        act: A command's name; or ``press`` (a button under an alert), ``paste`` (a login's address),
            ``code``, ``pair``, ``cancel_entries``.
    """
    return role is Role.OWNER or act in _MAY[role]


def refusal(role: Role, act: str) -> str:
    """Return the one sentence that somebody gets for what he may not do."""
    if role is Role.FOLLOWER and act == "stop":
        return (
            "/stop is for owners and operators: it stops everybody. /pause stops your own entries."
        )
    if act == "panic":
        way = (
            "/stop stops all entries" if role is Role.OPERATOR else "/pause stops your own entries"
        )
        return f"/panic is for owners. {way} at once."
    what = {
        "press": "this button is",
        "paste": "logging accounts in is",
        "cancel_entries": "cancelling orders is",
    }.get(act, f"/{act} is")
    whose = "owners and operators" if may(Role.OPERATOR, act) else "owners"
    return f"{what} for {whose}. You are {'an' if role is Role.OPERATOR else 'a'} {role}."
