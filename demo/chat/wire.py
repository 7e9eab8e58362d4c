"""How people, messages and chats look in Telegram's JSON."""

from demo.chat.messages import Attachment, Button, Entity, Message, User
from demo.chat.updates import JsonObject


def user_json(user: User) -> JsonObject:
    """Return a Bot API ``User``."""
    known = {"id": user.id, "is_bot": user.is_bot, "first_name": user.name}
    return known | ({"username": user.username} if user.username else {})


def chat_json(person: User) -> JsonObject:
    """Return the Bot API ``Chat`` that is the private chat with this person."""
    known: JsonObject = {"id": person.id, "type": "private", "first_name": person.name}
    return known | ({"username": person.username} if person.username else {})


def full_chat_json(person: User, pinned: Message | None) -> JsonObject:
    """Return a Bot API ``ChatFullInfo``, with the fields that may not be missing."""
    gifts = (
        "unlimited_gifts",
        "limited_gifts",
        "unique_gifts",
        "premium_subscription",
        "gifts_from_channels",
    )
    full = chat_json(person) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }
    return full | ({"pinned_message": message_json(pinned, person)} if pinned else {})


def message_json(message: Message, person: User) -> JsonObject:
    """Return a Bot API ``Message`` in the private chat with ``person``."""
    result: JsonObject = {
        "message_id": message.message_id,
        "from": user_json(message.sender),
        "chat": chat_json(person),
        "date": int(message.sent_at.timestamp()),
    }
    if message.edited_at is not None:
        result["edit_date"] = int(message.edited_at.timestamp())
    text_name, entities_name = "text", "entities"
    if message.attachment is not None:
        result |= _attachment_json(message.attachment, message.message_id)
        text_name, entities_name = "caption", "caption_entities"
    if message.text:
        result[text_name] = message.text
    if message.entities:
        result[entities_name] = [_entity_json(entity) for entity in message.entities]
    if message.keyboard:
        result["reply_markup"] = {
            "inline_keyboard": [
                [_button_json(button) for button in row] for row in message.keyboard
            ]
        }
    return result


def callback_json(query_id: str, message: Message, person: User, data: str) -> JsonObject:
    """Return a Bot API ``CallbackQuery``: ``person`` tapped a button under ``message``."""
    return {
        "id": query_id,
        "from": user_json(person),
        "message": message_json(message, person),
        "chat_instance": str(person.id),
        "data": data,
    }


def _entity_json(entity: Entity) -> JsonObject:
    known: JsonObject = {"type": entity.kind, "offset": entity.offset, "length": entity.length}
    return known | ({"url": entity.url} if entity.url else {})


def _button_json(button: Button) -> JsonObject:
    if button.url is not None:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.data}


def _attachment_json(attachment: Attachment, message_id: int) -> JsonObject:
    file: JsonObject = {
        "file_id": f"local-{attachment.kind}-{message_id}",
        "file_unique_id": f"unique-{message_id}",
        "file_size": len(attachment.content),
    }
    if attachment.kind == "photo":
        # The picture is not decoded here; a fixed size keeps the object valid.
        return {"photo": [file | {"width": 1000, "height": 1250}]}
    named = {"file_name": attachment.file_name, "mime_type": attachment.mime_type}
    return {"document": file | named}
