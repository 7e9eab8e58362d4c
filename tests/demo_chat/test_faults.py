from demo.chat.faults import Fault, FaultBoard, FaultKind


def test_a_flood_for_some_calls_ends_by_itself_and_spares_polling(now):
    board = FaultBoard(now)
    board.add(Fault(kind=FaultKind.FLOOD, calls=2, retry_after=7))
    assert board.take("getUpdates") is None
    assert board.take("answerCallbackQuery") is None
    assert board.take("sendMessage").retry_after == 7
    assert board.take("SENDMESSAGE") is not None
    assert board.take("sendMessage") is None


def test_a_flood_for_some_seconds_says_what_is_left_of_them(now):
    board = FaultBoard(now)
    board.add(Fault(kind=FaultKind.FLOOD, seconds=60))
    assert board.take("sendMessage").retry_after == 60
    now.forward(30.5)
    assert board.take("editMessageText").retry_after == 30
    now.forward(29.5)
    assert board.take("sendMessage") is None


def test_other_faults_hit_everything_unless_narrowed(now):
    board = FaultBoard(now)
    board.add(Fault(kind=FaultKind.OUTAGE, calls=1, methods=frozenset({"getMe"})))
    board.add(Fault(kind=FaultKind.SLOW, delay_s=1))
    assert board.take("getUpdates").fault.kind is FaultKind.SLOW
    assert board.take("getme").fault.kind is FaultKind.OUTAGE
    assert board.take("getme").fault.kind is FaultKind.SLOW
    board.clear()
    assert board.take("getme") is None
