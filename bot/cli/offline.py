"""What the command line asks of the store itself, where nothing runs."""

from datetime import datetime

from bot.cli.configuration import Configuration
from bot.instance import instance_lock, prepare_data_dir
from bot.verbs import LOCAL
from engine.core.state.state import State
from engine.core.values.control import Request
from engine.errors import CopyTraderError
from storage.mark import StoreMark
from storage.offline_asks import ask_offline


def asked_offline(configuration: Configuration, request: Request, *, at: datetime) -> str:
    """Have a request decided and kept; return its answer.

    Args:
        configuration: Where store and key are; owners and followers, which the store does not keep.
        request: Something that sends nothing.
        at: Now.

    Raises:
        CopyTraderError: It was refused, or the store cannot be used; nothing was changed.
    """
    places, settings = configuration.places(), configuration.settings()
    prepare_data_dir(places.data_dir)
    configuration.refuse_lost_store()
    mark = StoreMark.beside(places.key_file, places.data_dir)

    def restored(state: State) -> None:
        state.rules = {one.rules.name: one.rules for one in settings.followers}
        state.owners = frozenset(settings.telegram.admins)

    with instance_lock(places.data_dir):
        reply = ask_offline(places.data_dir, mark, request, by=LOCAL, at=at, restored=restored)
    if not reply.accepted:
        raise CopyTraderError(reply.text)
    return reply.text
