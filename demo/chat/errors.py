"""Errors of the local chat, in the form the Bot API gives them."""


class ApiError(Exception):
    """A Bot API call was refused; the HTTP skin turns it into Telegram's JSON error.

    Attributes:
        code: HTTP status and ``error_code``, 400 to 599.
        description: What Telegram says, with its usual prefix such as ``Bad Request:``.
        retry_after: Seconds to wait, for 429 only.

    Source: Telegram Bot API, "Making requests" and "ResponseParameters".
    """

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


def bad_request(reason: str) -> ApiError:
    """Build the 400 that Telegram gives for a call it understood but will not do."""
    return ApiError(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> ApiError:
    """Build the 403 that Telegram gives when the person does not want to hear from the bot."""
    return ApiError(403, f"Forbidden: {reason}")


class NotShownError(TimeoutError):
    """A scripted person waited for a message that the bot did not show in time."""
