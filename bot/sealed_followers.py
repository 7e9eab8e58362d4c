"""What the store keeps of a follower's account, until he is in no file any more and nothing copied is left.

Sealed whole, so that a start which finds him missing from the file can still log his account in and let
its exits follow.
"""

import logging
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec
from msgspec.structs import replace

from bot.logs import register_secret
from bot.settings.changes import account_of_who_leaves
from bot.settings.settings import AccountSettings, FollowerSettings
from engine.core.values.market import MASTER, AccountName
from engine.core.values.rules import FollowerRules
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError
from storage.vault import follower_context

_log = logging.getLogger(__name__)


class Box(Protocol):
    """Encrypts and decrypts what the store keeps."""

    def seal(self, text: str, context: str) -> str:
        """Return the text sealed for one context."""
        ...

    def open(self, sealed: str, context: str) -> str:
        """Return the text; raises ``CopyTraderError`` where the key is another."""
        ...


class _Kept(msgspec.Struct):
    user_id: str
    api_key: str
    api_secret: str
    proxy: str | None
    rules: FollowerRules


def seal_follower(one: FollowerSettings, box: Box) -> str:
    """Return what is kept of a follower, sealed."""
    text = msgspec.json.encode(_kept_of(one)).decode()
    return box.seal(text, follower_context(one.account.name))


def is_kept(sealed: str, one: FollowerSettings, box: Box) -> bool:
    """Return whether what is kept opens and says what a follower's settings say; sealed twice it never reads alike."""
    try:
        return _opened(one.account.name, sealed, box) == _kept_of(one)
    except (CopyTraderError, msgspec.MsgspecError):
        return False


def _opened(name: AccountName, sealed: str, box: Box) -> _Kept:
    """Return what is kept; raises ``CopyTraderError`` or ``MsgspecError``: it does not open or read."""
    return msgspec.json.decode(box.open(sealed, follower_context(name)), type=_Kept)


def _kept_of(one: FollowerSettings) -> _Kept:
    rules = replace(one.rules, segment_multipliers=dict(one.rules.segment_multipliers))
    return _Kept(
        user_id=one.account.user_id,
        api_key=one.account.api_key,
        api_secret=one.account.api_secret.reveal(),
        proxy=None if one.proxy is None else one.proxy.reveal(),
        rules=rules,
    )


def open_followers(
    leaving: Mapping[AccountName, str], box: Box, *, named: Iterable[AccountSettings]
) -> tuple[FollowerSettings, ...]:
    """Return the followers that still hold copies and that a file does not name.

    One that cannot be opened, or whose Kite account is the master's by now, is left out: the engine says
    loudly what he still holds. A follower of his account waits instead: :func:`named_beside`.

    Args:
        leaving: What is kept of each, sealed; where two have one account, the first counts.
        box: Opens it.
        named: The accounts of the file, the master's too.
    """
    accounts = tuple(named)
    names = {one.name for one in accounts}
    in_use = {one.user_id for one in accounts if one.name == MASTER}
    found = []
    for name, sealed in leaving.items():
        if name in names or not sealed:
            continue
        try:
            kept = _opened(name, sealed, box)
        except (CopyTraderError, msgspec.MsgspecError) as error:
            why = str(error) if isinstance(error, CopyTraderError) else "it cannot be read"
            _log.error("kept follower not opened", extra={"account": name, "why": why})
            continue
        if kept.user_id in in_use:
            # One login at a time: two of one account would end each other's sessions.
            _log.error("account of a leaving follower is in use", extra={"account": name})
            continue
        in_use.add(kept.user_id)
        found.append(_follower(name, kept))
    return tuple(found)


def named_beside(
    followers: Iterable[FollowerSettings],
    left: Iterable[FollowerSettings],
    *,
    known: Container[AccountName] | None = None,
) -> tuple[tuple[FollowerSettings, ...], tuple[str, ...]]:
    """Return whom of a file a start takes in, and why it leaves the others out.

    Whoever stands for the account of somebody who still leaves waits: the exits there come first.

    Args:
        followers: Those of the file.
        left: Those who are leaving, as kept.
        known: Whom a person has said yes to, where others are not taken in; None: all of the file are.
    """
    owners = {one.account.user_id: one.account.name for one in left}
    taken, why = [], []
    for one in followers:
        name, other = one.account.name, owners.get(one.account.user_id)
        if other is None and known is not None and name not in known:
            why.append(
                f"{name} is left out: he is new in the file, and LIVE is armed - have the settings read again,"
                " and confirm him."
            )
        elif other is None:
            taken.append(one)
        else:
            why.append(
                f"{name} is left out: {account_of_who_leaves(one.account.user_id, other)}."
                " Then have the settings read again."
            )
    return tuple(taken), tuple(why)


def _follower(name: AccountName, kept: _Kept) -> FollowerSettings:
    secrets = [Secret(kept.api_secret), *([Secret(kept.proxy)] if kept.proxy else [])]
    for secret in secrets:
        register_secret(secret)
    factors = MappingProxyType(dict(kept.rules.segment_multipliers))
    return FollowerSettings(
        account=AccountSettings(
            name=name,
            user_id=kept.user_id,
            api_key=kept.api_key,
            api_secret=Secret(kept.api_secret),
        ),
        proxy=Secret(kept.proxy) if kept.proxy else None,
        rules=replace(kept.rules, segment_multipliers=factors),
    )
