"""The login page and its redirect, as kite.zerodha.com/connect/login does it."""

import html
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from demo.exchange.accounts import Account

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Log in - local exchange</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 22rem; margin: 18vh auto; }}
  h1 {{ font-size: 1.25rem; }}
  p {{ color: #666; }}
  button {{ font: inherit; color: #fff; background: #387ed1; border: 0; border-radius: 4px;
            padding: .6rem 2rem; }}
  button.quiet {{ color: #666; background: none; }}
</style>
<h1>Log in to the local exchange</h1>
<p>{name} ({user_id}). No real account, no real money.</p>
<form method="post" action="/connect/login/finish">
  <input type="hidden" name="api_key" value="{api_key}">
  <input type="hidden" name="redirect_params" value="{redirect_params}">
  <button>Log in</button>
  <button class="quiet" name="cancel" value="1">Cancel</button>
</form>
</html>
"""


def login_page(account: Account, redirect_params: str) -> str:
    """Return the page that asks for one click instead of a password.

    Args:
        account: Whose api_key was in the URL.
        redirect_params: Query string that goes back to the app, as it came.
    """
    return _PAGE.format(
        name=html.escape(account.name.title()),
        user_id=html.escape(account.user_id),
        api_key=html.escape(account.api_key),
        redirect_params=html.escape(redirect_params),
    )


def redirect_target(account: Account, request_token: str | None, redirect_params: str) -> str:
    """Return where the browser goes after the login, or after it was cancelled (no token).

    Source: Kite Connect docs, login flow: `redirect_params` comes back as further parameters.
    """
    parts = urlsplit(account.redirect_url)
    outcome = [("status", "cancelled")]
    if request_token is not None:
        outcome = [("status", "success"), ("request_token", request_token)]
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("action", "login"),
        ("type", "login"),
        *outcome,
        *parse_qsl(redirect_params, keep_blank_values=True),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))
