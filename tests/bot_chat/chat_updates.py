"""Every kind of update that Telegram knows, as somebody may cause it."""

GROUP = {"id": -100123, "type": "supergroup", "title": "g"}
CHANNEL = {"id": -100999, "type": "channel", "title": "c"}
ANONYMOUS_ADMIN = 1087968824


def a_user(user_id: int) -> dict:
    return {"id": user_id, "is_bot": False, "first_name": "A"}


def a_message(user_id: int, chat: dict | None = None, **more: object) -> dict:
    chat = chat or {"id": user_id, "type": "private"}
    return {
        "message_id": 1,
        "date": 1_700_000_000,
        "chat": chat,
        "from": a_user(user_id),
        "text": "/stop",
        **more,
    }


def a_tap(user_id: int, **more: object) -> dict:
    return {
        "id": "1",
        "from": a_user(user_id),
        "chat_instance": "1",
        "data": "r|status",
        "message": a_message(user_id),
        **more,
    }


def kinds(user_id: int) -> dict[str, dict]:
    """Every kind of update, as this person could cause it."""
    forwarded = {"type": "user", "date": 1, "sender_user": a_user(5)}
    place = {"id": user_id, "type": "private"}
    channel_post = {"message_id": 1, "date": 1, "chat": CHANNEL, "text": "/stop"}
    member = {
        "chat": place,
        "from": a_user(user_id),
        "date": 1,
        "old_chat_member": {"status": "member", "user": a_user(7)},
        "new_chat_member": {"status": "member", "user": a_user(7)},
    }
    return {
        "edited": {"edited_message": a_message(user_id, edit_date=2)},
        "edited in place": {"message": a_message(user_id, edit_date=2)},
        "group": {"message": a_message(user_id, GROUP)},
        "anonymous group admin": {"message": a_message(ANONYMOUS_ADMIN, GROUP, sender_chat=GROUP)},
        "forwarded": {"message": a_message(user_id, forward_origin=forwarded)},
        "via another bot": {"message": a_message(user_id, via_bot=a_user(8))},
        "sent as a channel": {"message": a_message(user_id, sender_chat=CHANNEL)},
        "another's private chat": {"message": a_message(user_id, {"id": 77, "type": "private"})},
        "channel post": {"channel_post": channel_post},
        "edited channel post": {"edited_channel_post": channel_post},
        "business": {"business_message": a_message(user_id, business_connection_id="b")},
        "inline": {"inline_query": {"id": "1", "from": a_user(user_id), "query": "", "offset": ""}},
        "chosen inline": {
            "chosen_inline_result": {"result_id": "1", "from": a_user(user_id), "query": ""}
        },
        "inline tap": {"callback_query": a_tap(user_id, message=None, inline_message_id="i")},
        "tap in a group": {"callback_query": a_tap(user_id, message=a_message(user_id, GROUP))},
        "poll": {
            "poll_answer": {
                "poll_id": "1",
                "option_ids": [0],
                "option_persistent_ids": ["0"],
                "user": a_user(user_id),
            },
        },
        "my member": {"my_chat_member": member},
        "join request": {
            "chat_join_request": {
                "chat": GROUP,
                "from": a_user(user_id),
                "user_chat_id": user_id,
                "date": 1,
            }
        },
        "nothing": {},
    }


def by_strangers(stranger: int, owner: int) -> dict[str, dict]:
    """Every kind of update by a stranger, and by an owner where it is not his own plain words."""
    mine = {f"owner: {name}": payload for name, payload in kinds(owner).items()}
    theirs = {f"stranger: {name}": payload for name, payload in kinds(stranger).items()}
    user = a_message(stranger)["from"]
    more = {
        "message": {"message": a_message(stranger)},
        "tap": {"callback_query": a_tap(stranger)},
        "pre-checkout": {
            "pre_checkout_query": {
                "id": "1", "from": user, "currency": "INR", "total_amount": 1, "invoice_payload": "",
            }
        },
        "poll of the bot's": {
            "poll": {
                "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False,
                "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
            }
        },
        "reaction": {
            "message_reaction": {
                "chat": {"id": stranger, "type": "private"}, "message_id": 1, "user": user, "date": 1,
                "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}],
            }
        },
        "not an update": {"message": {"date": "yesterday"}},
    }  # fmt: skip
    return {**theirs, **more, **mine}
