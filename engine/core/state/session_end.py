"""That an account's login at the broker is over."""

from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.market import AccountName


def end_session(turn: Turn, name: AccountName) -> bool:
    """Note that an account has no session any more; return False where it had none."""
    account = turn.state.account(name)
    if not account.session_ok:
        return False
    turn.emit(
        r.SessionKept(
            account=name,
            ok=False,
            user_id=account.user_id,
            user_name=account.user_name,
            sealed_token="",
            login_at=None,
        )
    )
    return True
