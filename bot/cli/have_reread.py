"""Has a running instance read its settings again: what is done once the file was written anew."""

from bot.cli.configuration import Places
from bot.control_socket import ControlError, call

#: Seconds until the answer is given up; with a passphrase each secret of the file takes most of one.
ANSWER_S = 60.0


def have_reread(places: Places) -> str:
    """Return what the running instance says of the file: what counts now, and what waits for whom.

    Raises:
        NotRunningError: Nothing runs; the next start reads the file.
        ControlError: It refuses the file, or does not answer; the text says why.
    """
    answer = call(places.control_path, "reread", timeout_s=ANSWER_S)
    if not answer.get("ok"):
        raise ControlError(str(answer.get("error")))
    return str(answer.get("text", ""))
