"""An env file keeps everything that was not changed, byte for byte."""

from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.setup.env_text import EnvText

FILE = """\
# mine
export MASTER__USER_ID=AB1234   # the trading account

MASTER__API_KEY = "k e y"
OTHER_PROGRAM=untouched # really
#DATA_DIR=var

# Follower asha
FOLLOWERS__ASHA__USER_ID=CD5678
FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS={"NFO": "0.5"}

LOG_LEVEL=INFO"""


def changed(**changes):
    return EnvText(FILE).changed(changes)


def test_nothing_changed_is_the_same_text():
    assert changed() == FILE
    assert EnvText(FILE.replace("\n", "\r\n")).changed({}) == FILE.replace("\n", "\r\n")


def test_a_changed_key_stays_where_it_is_with_its_remark():
    assert changed(MASTER__USER_ID="XY0001") == FILE.replace("AB1234", "XY0001")
    assert changed(LOG_LEVEL="DEBUG") == FILE.replace("=INFO", "=DEBUG")


def test_a_quoted_value_is_replaced_whole():
    line = 'K="a # b" # c\nL=1\n'
    assert EnvText(line).changed({"K": "z"}) == "K=z\nL=1\n"


def test_a_new_key_goes_to_its_group_or_behind_its_own_comment():
    assert changed(FOLLOWERS__ASHA__ENABLED="false") == FILE.replace(
        '"0.5"}\n', '"0.5"}\nFOLLOWERS__ASHA__ENABLED=false\n'
    )
    assert changed(DATA_DIR="data") == FILE.replace("=var\n", "=var\nDATA_DIR=data\n")
    assert changed(FOLLOWERS__DAD__USER_ID="EF9012") == (
        f"{FILE}\n\n# Follower dad\nFOLLOWERS__DAD__USER_ID=EF9012\n"
    )


def test_a_removed_follower_takes_its_heading_along():
    text = changed(FOLLOWERS__ASHA__USER_ID=None, FOLLOWERS__ASHA__SEGMENT_MULTIPLIERS=None)
    assert "asha" not in text.lower()
    assert "# mine\n" in text
    assert "\nLOG_LEVEL=INFO" in text


def test_a_key_that_stands_twice_is_left_once():
    assert EnvText("A=1\nB=2\nA=3\n").changed({"A": "4"}) == "B=2\nA=4\n"
    assert EnvText("A=1\nB=2\nA=3\n").changed({"A": None}) == "B=2\n"


def test_windows_line_ends_stay():
    text = EnvText("A__X=1\r\n").changed({"A__Y": "2", "B__Z": "3"})
    assert text == "A__X=1\r\nA__Y=2\r\n\r\nB__Z=3\r\n"


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1)


@given(VALUES.map(str.strip).filter(bool), st.sampled_from(["A__NEW", "MASTER__API_KEY"]))
def test_any_value_reads_back_as_it_was_given(value, key):
    text = EnvText(FILE).changed({key: value})
    assert EnvText(text).values == {**EnvText(FILE).values, key: value}


def test_the_library_that_reads_it_agrees(tmp_path):
    path = tmp_path / ".env"
    path.write_text(changed(A__NEW='it\'s $5 # \\ "x"'))
    assert dotenv_values(path, interpolate=False)["A__NEW"] == 'it\'s $5 # \\ "x"'
