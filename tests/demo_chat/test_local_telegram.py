import pytest

from demo.chat.conversation import ChangeKind, Draft, Toast
from demo.chat.errors import ApiError
from demo.chat.keyboards import Markup, read_markup
from demo.chat.messages import Attachment, Button, User


def refusal(call, *args, **kwargs):
    with pytest.raises(ApiError) as refused:
        call(*args, **kwargs)
    return refused.value.code, refused.value.description


def keyboard(*labels):
    return Markup(inline=(tuple(Button(text=label, data=label) for label in labels),))


def test_an_edit_changes_the_message_in_place(telegram, now):
    first = telegram.bot_sends(7, Draft(text="one"))
    telegram.bot_sends(7, Draft(text="two"))
    now.forward(3)
    telegram.bot_edits(7, first.message_id, Draft(text="uno", markup=keyboard("Go")))
    chat = telegram.conversation(7)
    assert [m.text for m in chat.messages] == ["uno", "two"]
    assert chat.messages[0].edited_at == now.at
    assert [c.kind for c in chat.changes] == [ChangeKind.SHOWN, ChangeKind.SHOWN, ChangeKind.EDITED]


def test_an_edit_that_changes_nothing_is_refused(telegram):
    message = telegram.bot_sends(7, Draft(text="same", markup=keyboard("Go")))
    same = Draft(text="same ", markup=keyboard("Go"))
    code, reason = refusal(telegram.bot_edits, 7, message.message_id, same)
    assert code == 400
    assert reason.startswith("Bad Request: message is not modified")
    code, reason = refusal(telegram.bot_edits_keyboard, 7, message.message_id, keyboard("Go"))
    assert reason.startswith("Bad Request: message is not modified")


def test_dropping_the_buttons_by_a_text_edit_is_a_change(telegram):
    message = telegram.bot_sends(7, Draft(text="same", markup=keyboard("Go")))
    assert telegram.bot_edits(7, message.message_id, Draft(text="same")).keyboard == ()


def test_edits_of_missing_or_foreign_messages_are_refused(telegram):
    telegram.person_says(7, "mine")
    photo = Attachment(kind="photo", file_name="a.png", content=b"x")
    picture = telegram.bot_sends(7, Draft(attachment=photo))
    draft = Draft(text="x")
    assert refusal(telegram.bot_edits, 7, 99, draft) == (
        400,
        "Bad Request: message to edit not found",
    )
    assert refusal(telegram.bot_edits, 7, 1, draft)[1] == "Bad Request: message can't be edited"
    assert refusal(telegram.bot_edits, 7, picture.message_id, draft)[1] == (
        "Bad Request: there is no text in the message to edit"
    )


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x" * 4096, True), ("x" * 4097, False), ("🟢" * 2048, True), ("🟢" * 2049, False)],
)
def test_the_length_limit_counts_utf16_units(telegram, text, fits):
    if fits:
        assert telegram.bot_sends(7, Draft(text=text)).text == text
    else:
        reason = refusal(telegram.bot_sends, 7, Draft(text=text))[1]
        assert reason == "Bad Request: message is too long"


def test_a_caption_has_its_own_limit_and_may_be_empty(telegram):
    photo = Attachment(kind="photo", file_name="a.png", content=b"x")
    assert telegram.bot_sends(7, Draft(attachment=photo)).text == ""
    long = Draft(text="x" * 1025, attachment=photo)
    assert refusal(telegram.bot_sends, 7, long)[1] == "Bad Request: message caption is too long"


def test_blank_text_is_refused(telegram):
    assert (
        refusal(telegram.bot_sends, 7, Draft(text=" \n"))[1] == "Bad Request: message text is empty"
    )


def test_unknown_chats_and_people_who_do_not_want_the_bot(telegram):
    assert refusal(telegram.bot_sends, 8, Draft(text="x")) == (400, "Bad Request: chat not found")
    stranger = telegram.join(User(id=8, name="stranger"), has_started=False)
    assert refusal(telegram.bot_sends, 8, Draft(text="x"))[0] == 403
    telegram.person_says(8, "/start")
    assert telegram.bot_sends(8, Draft(text="x")).text == "x"
    stranger.has_blocked = True
    assert refusal(telegram.bot_sends, 8, Draft(text="x")) == (
        403,
        "Forbidden: bot was blocked by the user",
    )


def test_deleting_takes_the_message_off_the_screen_once(telegram):
    telegram.person_says(7, "request_token=secret")
    telegram.bot_deletes(7, 1)
    assert telegram.conversation(7).messages == ()
    assert refusal(telegram.bot_deletes, 7, 1)[1] == "Bad Request: message to delete not found"


def test_messages_older_than_two_days_cannot_be_deleted(telegram, now):
    message = telegram.bot_sends(7, Draft(text="old"))
    now.forward(48 * 3600 + 1)
    code, reason = refusal(telegram.bot_deletes, 7, message.message_id)
    assert (code, reason) == (400, "Bad Request: message can't be deleted for everyone")


def test_a_tap_is_answered_once_and_soon(telegram, now):
    message = telegram.bot_sends(7, Draft(text="sure?", markup=keyboard("Yes")))

    def tap():
        telegram.person_taps(7, message, "Yes")
        return telegram.updates.pending[-1].payload["id"]

    prompt, toast = tap(), Toast(text="done", alert=False)
    telegram.bot_answers(prompt, toast)
    assert telegram.conversation(7).changes[-1].toast == toast
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert refusal(telegram.bot_answers, prompt, toast) == (400, too_old)
    late = tap()
    now.forward(16)
    assert refusal(telegram.bot_answers, late, toast) == (400, too_old)
    assert refusal(telegram.bot_answers, tap(), Toast(text="x" * 201, alert=False))[0] == 400


@pytest.mark.parametrize(
    ("data", "fits"), [("x" * 64, True), ("x" * 65, False), ("₹" * 22, False), ("", False)]
)
def test_button_data_is_limited_in_bytes(data, fits):
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": data}]]}
    if fits:
        assert read_markup(markup).inline == ((Button(text="Go", data=data),),)
    else:
        assert refusal(read_markup, markup)[1] == "Bad Request: BUTTON_DATA_INVALID"


@pytest.mark.parametrize(
    "button",
    [
        {"text": ""},
        {"text": "Go"},
        "Go",
        {"text": "Go", "url": "not a url"},
        {"callback_data": "x"},
    ],
)
def test_buttons_that_do_nothing_are_refused(button):
    assert refusal(read_markup, {"inline_keyboard": [[button]]})[0] == 400


def test_a_button_is_found_by_a_beginning_that_only_one_has(telegram):
    message = telegram.bot_sends(
        7, Draft(text="?", markup=keyboard("Confirm start", "Cancel", "Con"))
    )
    assert message.button("Conf").text == "Confirm start"
    assert message.button("Con").text == "Con"
    with pytest.raises(LookupError, match="several buttons begin with 'C'"):
        message.button("C")
    with pytest.raises(LookupError, match="no button begins with 'Retry'"):
        message.button("Retry")


def test_replies_need_their_message_unless_told_otherwise(telegram):
    assert refusal(telegram.bot_sends, 7, Draft(text="x", reply_to=9))[1] == (
        "Bad Request: message to be replied not found"
    )
    assert telegram.bot_sends(7, Draft(text="x", reply_to=9, must_reply=False)).reply_to is None
