import re

import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.tuning.ranges import range_of


@pytest.mark.parametrize("text", ["0..1e-4", "0..1", "0..8", "-3..2", "0..0.001", "-1..3e-7"])
def test_a_log_scale_from_zero_is_mended_as_the_error_says(text):
    with pytest.raises(ConfigurationError, match="Begin above 0") as caught:
        range_of("rate", f"{text}:log")
    (fix,) = re.findall(r"rate=(\S+)\.$", str(caught.value))
    mended = range_of("rate", fix)
    assert mended.log
    assert 0 < mended.low < mended.high == float(text.partition("..")[2])


@pytest.mark.parametrize("text", ["-2..-1", "-1..0", "0..5e-324"])
def test_what_no_log_scale_can_have_is_said_to_have_none(text):
    with pytest.raises(ConfigurationError, match=r"Leave :log out\.$"):
        range_of("rate", f"{text}:log")


def test_a_log_scale_of_whole_numbers_stays_one():
    with pytest.raises(ConfigurationError, match=r"as in members=1\.\.8:log\.$"):
        range_of("members", "0..8:log")
