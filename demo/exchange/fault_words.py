"""The words in which faults are told: which operation, what is booked, answered and shown."""

from enum import StrEnum, unique


@unique
class Operation(StrEnum):
    """What a call is for."""

    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    ORDERS = "orders"
    HISTORY = "history"
    TRADES = "trades"
    POSITIONS = "positions"
    HOLDINGS = "holdings"
    MARGINS = "margins"
    PROFILE = "profile"
    INSTRUMENTS = "instruments"
    QUOTES = "quotes"
    GTT_READ = "gtt_read"
    GTT_PLACE = "gtt_place"
    GTT_MODIFY = "gtt_modify"
    GTT_DELETE = "gtt_delete"
    CONVERT = "convert"  #: of a position's product
    AUTHORISE = "authorise"  #: of holdings, at the depository
    AUCTIONS = "auctions"  #: of shares that were delivered short
    CANDLES = "candles"
    ORDER_MARGINS = "order_margins"
    BASKET_MARGINS = "basket_margins"
    CHARGES = "charges"
    LOGIN = "login"
    LOGOUT = "logout"
    CONNECT = "connect"  #: a socket's upgrade
    FRAME = "frame"  #: an order frame to one user
    BEAT = "beat"  #: a heartbeat of one socket


@unique
class Booking(StrEnum):
    """Whether a write takes effect."""

    NOW = "now"
    NEVER = "never"
    LATER = "later"


@unique
class Answer(StrEnum):
    """What the client is told."""

    TRUE = "true"
    LOST = "lost"  #: nothing, until the client gives up
    CLOSED = "closed"  #: the connection closes without an answer
    RESET = "reset"  #: the connection is reset without an answer
    CUT = "cut"  #: reset after half of the body
    TRUNCATED = "truncated"  #: half of the JSON, in a well-formed HTTP answer
    EMPTY = "empty"  #: 200 without a body
    GZIPPED = "gzipped"  #: the true answer, compressed
    WRONG_TYPE = "wrong_type"  #: the true JSON, called text/plain
    NO_DATA = "no_data"  #: a success without the key `data`
    NULL_DATA = "null_data"  #: a success whose `data` is null
    ARRAY = "array"  #: a JSON array where an object is due
    FALSE_ALARM = "false_alarm"  #: `status`, though the body says success
    HTML = "html"  #: `status` with an HTML body, as a proxy answers
    ERROR = "error"  #: the given error envelope


@unique
class View(StrEnum):
    """What a read shows."""

    TRUE = "true"
    EMPTY = "empty"  #: no rows
    PARTIAL = "partial"  #: the oldest half of the rows
    STALE = "stale"  #: as it stood `seconds` ago, or at `Meets.after` where that is 0
    NO_TAGS = "no_tags"  #: `tag` null and `tags` absent
    BARE = "bare"  #: without the keys that Kite sometimes leaves out
    EXTRA = "extra"  #: with keys that no document names
    ODD_STATUS = "odd_status"  #: orders that live have the status `ReadFault.odd_status`
    TIME_ONLY = "time_only"  #: time stamps are times of day
    UNCOUNTED = "uncounted"  #: a cancelled order says that nothing of it was cancelled
    ODD_HISTORY = "odd_history"  #: the first row of a history has another token, and no `modified`


@unique
class SocketTrouble(StrEnum):
    """What befalls a socket."""

    LOSE = "lose"  #: the frame is never sent
    DOUBLE = "double"  #: the frame is sent twice
    REVISED = "revised"  #: the frame is sent twice, the first lacks what is not known yet
    DELAY = "delay"  #: the frame is sent `seconds` later
    SWAP = "swap"  #: the frame is sent after the user's next one
    STRANGE = "strange"  #: the frame has unknown keys and lacks some that are known
    ODD_STATUS = "odd_status"  #: the frame has a status nobody has heard of
    GARBLED = "garbled"  #: the frame is half a JSON text
    FOREIGN = "foreign"  #: the frame has a type nobody has heard of
    CLOSE = "close"  #: the connection breaks off (1006)
    SILENT = "silent"  #: half open: no frame and no heartbeat from now on, but no close either
    REFUSE = "refuse"  #: the upgrade is answered with `error`
