"""The Bot API methods over the local Telegram; ``getUpdates`` waits, so the server does that one."""

from collections.abc import Callable

from demo.chat.conversation import Draft, Toast
from demo.chat.errors import ApiError, bad_request
from demo.chat.html_text import read_html
from demo.chat.keyboards import read_markup
from demo.chat.messages import Attachment, Entity
from demo.chat.params import Params
from demo.chat.photos import check_picture
from demo.chat.telegram import LocalTelegram
from demo.chat.updates import JsonObject
from demo.chat.wire import full_chat_json, message_json, user_json


class BotApi:
    """Runs Bot API calls by name.

    Attributes:
        commands: What the bot last set by ``setMyCommands``, name and description.
    """

    def __init__(self, telegram: LocalTelegram) -> None:
        self._telegram = telegram
        self.commands: tuple[tuple[str, str], ...] = ()
        # Telegram compares method names without regard to case.
        self._methods: dict[str, Callable[[Params], object]] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            "sendphoto": lambda params: self._send_file(params, "photo"),
            "senddocument": lambda params: self._send_file(params, "document"),
            "editmessagetext": self._edit_message_text,
            "editmessagemedia": self._edit_message_media,
            "editmessagereplymarkup": self._edit_message_reply_markup,
            "answercallbackquery": self._answer_callback_query,
            "deletemessage": self._delete_message,
            "pinchatmessage": self._pin_chat_message,
            "getchat": self._get_chat,
            "sendchataction": self._send_chat_action,
            "setmycommands": self._set_my_commands,
            # Of everybody: those of a chat, which are all there are here, stay.
            "deletemycommands": lambda _params: True,
            "deletewebhook": self._delete_webhook,
        }

    def call(self, method: str, params: Params) -> object:
        """Run one call and return its ``result``.

        Raises:
            ApiError: What Telegram would refuse; 404 for a method this server does not know.
        """
        run = self._methods.get(method.lower())
        if run is None:
            raise ApiError(404, "Not Found: method not found")
        return run(params)

    def _get_me(self, _params: Params) -> JsonObject:
        return user_json(self._telegram.bot) | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _send_message(self, params: Params) -> JsonObject:
        chat_id = params.chat_id()
        return self._shown(chat_id, _draft(params, "text"))

    def _send_file(self, params: Params, kind: str) -> JsonObject:
        chat_id = params.chat_id()
        attachment = _attachment(params, kind, params.text(kind))
        return self._shown(chat_id, _draft(params, "caption", attachment))

    def _edit_message_text(self, params: Params) -> JsonObject:
        chat_id, message_id = params.chat_id(), params.message_id()
        message = self._telegram.bot_edits(chat_id, message_id, _draft(params, "text"))
        return message_json(message, self._telegram.conversation(chat_id).person)

    def _edit_message_media(self, params: Params) -> JsonObject:
        chat_id, message_id = params.chat_id(), params.message_id()
        media = params.decoded("media")
        if not isinstance(media, dict) or media.get("type") not in ("photo", "document"):
            raise bad_request("can't parse InputMedia: unsupported type")
        attachment = _attachment(params, media["type"], str(media.get("media", "")))
        draft = _draft(Params(values=params.values | media), "caption", attachment)
        message = self._telegram.bot_edits(chat_id, message_id, draft)
        return message_json(message, self._telegram.conversation(chat_id).person)

    def _edit_message_reply_markup(self, params: Params) -> JsonObject:
        chat_id, message_id = params.chat_id(), params.message_id()
        markup = read_markup(params.decoded("reply_markup"))
        message = self._telegram.bot_edits_keyboard(chat_id, message_id, markup)
        return message_json(message, self._telegram.conversation(chat_id).person)

    def _answer_callback_query(self, params: Params) -> bool:
        toast = Toast(text=params.text("text"), alert=params.flag("show_alert"))
        self._telegram.bot_answers(params.text("callback_query_id"), toast)
        return True

    def _delete_message(self, params: Params) -> bool:
        self._telegram.bot_deletes(params.chat_id(), params.message_id())
        return True

    def _pin_chat_message(self, params: Params) -> bool:
        self._telegram.bot_pins(params.chat_id(), params.message_id())
        return True

    def _get_chat(self, params: Params) -> JsonObject:
        chat = self._telegram.conversation(params.chat_id())
        pinned = None if chat.pinned_id is None else chat.find(chat.pinned_id)
        return full_chat_json(chat.person, pinned)

    def _send_chat_action(self, params: Params) -> bool:
        self._telegram.conversation(params.chat_id())
        if not params.text("action"):
            raise bad_request("wrong parameter action in request")
        return True

    def _set_my_commands(self, params: Params) -> bool:
        commands = params.decoded("commands")
        if not isinstance(commands, list):
            raise bad_request("can't parse commands: an array is expected")
        self.commands = tuple((str(c["command"]), str(c["description"])) for c in commands)
        return True

    def _delete_webhook(self, params: Params) -> bool:
        if params.flag("drop_pending_updates"):
            self._telegram.updates.drop_pending()
        return True

    def _shown(self, chat_id: int, draft: Draft) -> JsonObject:
        message = self._telegram.bot_sends(chat_id, draft)
        return message_json(message, self._telegram.conversation(chat_id).person)


def _attachment(params: Params, kind: str, named: str) -> Attachment:
    """Return the file of a call.

    Raises:
        ApiError: 400, there is none, or it is no picture that Telegram could show.
    """
    # A client may name the part after the parameter, or point at it by attach://name.
    file = params.files.get(named.removeprefix("attach://") or kind) or params.files.get(kind)
    if file is None:
        raise bad_request(f"there is no {kind} in the request")
    if not file.content:
        raise bad_request("file must be non-empty")
    if kind == "photo":
        check_picture(file.content)
    return Attachment(
        kind=kind, file_name=file.file_name, content=file.content, mime_type=file.mime_type
    )


def _draft(params: Params, text_name: str, attachment: Attachment | None = None) -> Draft:
    text, entities = _formatted(params.text(text_name), params.text("parse_mode"))
    reply = params.decoded("reply_parameters")
    reply_to, must_reply = None, True
    if isinstance(reply, dict) and isinstance(reply.get("message_id"), int):
        reply_to = reply["message_id"]
        must_reply = not reply.get("allow_sending_without_reply", False)
    return Draft(
        text=text,
        entities=entities,
        markup=read_markup(params.decoded("reply_markup")),
        attachment=attachment,
        reply_to=reply_to,
        must_reply=must_reply,
        silent=params.flag("disable_notification"),
    )


def _formatted(text: str, parse_mode: str) -> tuple[str, tuple[Entity, ...]]:
    if not parse_mode:
        return text, ()
    if parse_mode.lower() != "html":
        # Markdown exists on the real server; this program does not use it, so a use is a mistake.
        raise bad_request("unsupported parse_mode: the local chat reads HTML only")
    return read_html(text)
