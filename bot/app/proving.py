"""Asks the accounts' brokers while nothing runs, with the sessions that the store keeps; for the doctor."""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.restart import kept_session
from bot.settings.settings import AccountSettings, KiteSettings, Settings
from engine.brokers.kite.account import KiteAccount, KiteEndpoints
from engine.brokers.kite.dial import tls_context
from engine.clock import Clock
from engine.core.risk.account_checks import asked_lines
from engine.core.state.state import State
from engine.core.values.market import MASTER, AccountName
from engine.core.values.proofs import AccountProof, Silence
from engine.core.values.secrets import Secret
from engine.core.values.views import CheckLine
from engine.prober import AccountProber, Skew, prove
from storage.offline import stored_state
from storage.vault import Vault


async def kept_lines(
    settings: Settings, vault: Vault | None, clock: Clock, answered: Callable[[int], None]
) -> tuple[CheckLine, ...]:
    """Ask every account that has a session of today; no order, and nothing is written.

    Args:
        settings: Checked.
        vault: Opens kept sessions; None: there is no key that could.
        clock: The time.
        answered: Told how many accounts have answered, each time one has.

    Raises:
        StoreDamaged: The store cannot be read.
    """
    state, _ = stored_state(settings.data_dir)
    proxies: dict[AccountName, Secret | None] = {
        one.account.name: one.proxy for one in settings.followers
    }
    accounts = (settings.master, *(one.account for one in settings.followers))
    asked: dict[AccountName, AccountProof] = {}
    if vault is not None:
        mine = {one: proxies.get(one.name) for one in accounts}
        asked = await _asked(mine, state, settings.kite, vault, clock, answered)
    proofs = {
        one.name: asked.get(one.name)
        or AccountProof(account=one.name, user_id=one.user_id, silence=Silence.NO_SESSION)
        for one in accounts
    }
    rules = {one.account.name: one.rules for one in settings.followers}
    return asked_lines(state, rules, proofs)


async def _asked(
    accounts: Mapping[AccountSettings, Secret | None],
    state: State,
    kite: KiteSettings,
    vault: Vault,
    clock: Clock,
    answered: Callable[[int], None],
) -> dict[AccountName, AccountProof]:
    endpoints = KiteEndpoints(
        api_url=kite.api_url, ws_url=kite.ws_url, login_url=kite.login_url, ca_file=kite.ca_file
    )
    tls = tls_context(kite.ca_file)
    probers, opened = [], []
    for one, proxy in accounts.items():
        session = kept_session(state, one.name, vault, user_id=one.user_id, now=clock.now())
        if session is None:
            continue
        skew = Skew(_unheard)
        account = KiteAccount(
            endpoints,
            name=one.name,
            user_id=one.user_id,
            api_key=one.api_key,
            api_secret=one.api_secret,
            permit=_never,
            clock=clock,
            rng=random.Random(),  # noqa: S311 - jitter of reconnects, which never happen here
            proxy=proxy,
            on_clock=skew,
            tls=tls,
        )
        account.desk.use(session)
        opened.append(account)
        probers.append(
            AccountProber(
                one.name,
                one.user_id,
                account.reader,
                way_out=account.way_out,
                skew=skew,
                quotes=account.reader if one.name == MASTER else None,
            )
        )
    try:
        return {proof.account: proof for proof in await prove(probers, answered=answered)}
    finally:
        for account in opened:
            await account.close()


def _never() -> bool:
    return False


def _unheard(_ahead: timedelta) -> None:
    return None
