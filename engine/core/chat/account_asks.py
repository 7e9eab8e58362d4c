"""One account is paused, resumed, or logged in."""

from engine.core.chat.reading_problems import refused_exits
from engine.core.observe.membership import holdings, working
from engine.core.observe.taking_part import leave_out_begun
from engine.core.state.latches import held_up_exits
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.counts import counted
from engine.core.values.logins import PendingLogin
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity, SkipReason


def pause(turn: Turn, follower: AccountName) -> tuple[bool, str]:
    """Let no further entry of one follower leave."""
    if follower not in turn.state.rules:
        return False, _no_such(turn.state, follower)
    turn.emit(r.FollowerPaused(follower=follower, paused=True))
    return True, f"{follower} is paused: no further entry. Its exits still follow the master."


def resume(turn: Turn, follower: AccountName) -> tuple[bool, str]:
    """Let a follower take entries again, and have exits go out that waited for a person."""
    if follower not in turn.state.rules:
        return False, _no_such(turn.state, follower)
    if follower in turn.state.leaving:
        return False, f"{follower} is removed when flat, and enters nothing; its exits follow."
    if turn.state.account(follower).reconciled:
        # Where it is still waited for, asking again does not make exits wait longer.
        turn.state.account(follower).unread(turn.at)
    turn.reads.add(follower)
    if turn.state.account(follower).paused:
        leave_out_begun(turn, SkipReason.PAUSED, "begun before /resume", follower=follower)
    turn.emit(r.FollowerPaused(follower=follower, paused=False, at=turn.at))
    text = f"{follower} takes entries again, once its order book has been read."
    held_up = held_up_exits(turn.state, follower)
    for child in held_up:
        turn.touch(child.key)
    if held_up:
        again = counted(
            len(held_up),
            "exit that Kite refused for want of authorised shares goes",
            "exits that Kite refused for want of authorised shares go",
        )
        text += f" {again} out again."
    if refused := refused_exits(turn.state)[follower]:
        waiting = counted(refused, "refused exit waits", "refused exits wait")
        text += f' {waiting} for you: press "Send the exit again" under the alert.'
    return True, text


def _no_such(state: State, follower: AccountName) -> str:
    return f"No follower is named {follower!r}. Followers: {', '.join(state.rules) or 'none'}."


def reseal(turn: Turn, request: c.ResealSessions) -> tuple[bool, str]:
    """Keep each session that has not ended, and each follower, under the new seal; nothing else changes."""
    for name, sealed in request.tokens:
        account = turn.state.account(name)
        if account.session_ok:
            turn.emit(
                r.SessionKept(
                    account=name,
                    ok=True,
                    user_id=account.user_id,
                    user_name=account.user_name,
                    sealed_token=sealed,
                    login_at=account.login_at,
                    exchanges=account.exchanges,
                    demat_consent=account.demat_consent,
                )
            )
    for name, sealed in request.leaving:
        if name in turn.state.leaving:
            turn.emit(r.FollowerLeaving(follower=name, sealed=sealed, at=turn.at))
        elif name in turn.state.kept:
            turn.emit(r.FollowerKept(follower=name, sealed=sealed, at=turn.at))
    return True, ""


def keep_followers(turn: Turn, request: c.KeepFollowers) -> tuple[bool, str]:
    """Keep what the accounts of followers need who are in the file; of who leaves it is kept already."""
    state = turn.state
    for name, sealed in request.kept:
        if name in state.env_rules and name not in state.leaving:
            turn.emit(r.FollowerKept(follower=name, sealed=sealed, at=turn.at))
    return True, ""


def keep_session(turn: Turn, request: c.SessionStored, *, told: bool) -> tuple[bool, str]:
    """Keep a login, and have all that waited for it looked at."""
    account = turn.state.account(request.account)
    if refused := why_not_logged_in(turn.state, request.account, request.user_id):
        return False, refused
    known_better = account.is_login(request.sealed_token, request.login_at)
    turn.emit(
        r.SessionKept(
            account=request.account,
            ok=True,
            user_id=request.user_id,
            user_name=request.user_name,
            sealed_token=request.sealed_token,
            login_at=request.login_at,
            exchanges=request.exchanges,
            demat_consent=request.demat_consent,
        )
    )
    if known_better:
        return True, ""
    account.look_again(turn.at)
    ended = f"exit-session:{request.account}:"
    turn.state.told -= {mark for mark in turn.state.told if mark.startswith(ended)}
    turn.reads.add(request.account)
    for books in turn.state.books.values():
        for venue in Venue:
            if (venue, request.account) in books:
                turn.touch(books[venue, request.account].key)
    who = request.user_name or request.user_id
    text = f"{request.account} is logged in until 06:00 IST (Kite: {who})."
    if not told:
        turn.tell(Severity.INFO, text, topic=topic_of(request.account))
    return True, text


def why_not_logged_in(state: State, name: AccountName, user_id: str) -> str:
    """Return why a login does not count: what is copied under its name is in another Kite account.

    With that session an exit would sell in this one what its owner bought himself.

    Args:
        state: The state.
        name: Who logs in.
        user_id: Kite client id that the login is of.
    """
    known = state.account(name).user_id
    if known in ("", user_id):
        return ""
    held = [book for book in holdings(state, name) if book.key.venue is Venue.LIVE]
    open_ = [child for child in working(state, name) if child.key.venue is Venue.LIVE]
    if not held and not open_:
        return ""
    what = ", ".join(f"{book.held:+d} {book.key.symbol}" for book in held) or "orders that work"
    return (
        f"{name} is {user_id} now, but its copies are in {known}: {what}. Put {known} back into "
        f".env, or close them in Kite and /detach {name}; then log in."
    )


def offer_login(turn: Turn, request: c.OfferLogin, by: c.Requester) -> tuple[bool, str]:
    """Remember a login button, and for whom it was made."""
    login = PendingLogin(
        account=request.account,
        digest=request.digest,
        until=request.until,
        user_id=by.user_id,
        by=by.name,
        asked_in=request.asked_in,
    )
    turn.emit(r.LoginOffered(login=login))
    return True, ""
