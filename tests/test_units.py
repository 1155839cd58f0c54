import math

import numpy as np
import pytest

from ib_mlflow.units import Quantity, nats, scale_of, text_of


@pytest.mark.parametrize(
    ("quantity", "unit", "text"),
    [
        (nats(math.log(8)), "bits", "3.000 bits"),
        (nats(math.log(8)), "nats", "2.079 nats"),
        (Quantity(3.0, 1.0, 5.0, "cells", digits=0), "bits", "3 cells [1, 5]"),
        (Quantity(1 / 3, digits=None), "bits", "0.3333"),
        (Quantity(-1e-9, unit="nats"), "nats", "0.000 nats"),
        (Quantity(1.0, -np.inf, np.inf, "nats"), "nats",
         "1.000 nats [no interval from so few]"),
        (Quantity(-0.02, -np.inf, np.inf, "nats", singles=(-0.004, -0.047, 0.01)), "nats",
         "-0.020 nats [no interval from so few: -0.047, -0.004, 0.010]"),
        (Quantity(np.nan, np.nan, np.nan, "nats"), "bits", "– [no network is left]"),
    ],
)  # fmt: skip
def test_only_an_information_is_written_in_the_readers_unit(quantity, unit, text):
    assert quantity.text(unit) == text


def test_limits_are_in_the_unit_of_their_number():
    quantity = Quantity(math.log(2), 0.0, 2 * math.log(2), "nats")
    assert quantity.text("bits") == "1.000 bits [0.000, 2.000]"
    assert quantity.number("bits") == "1.000"


def test_a_text_keeps_its_words_and_writes_its_numbers():
    words = "Layer ", 3, " lost ", nats(1.0), " of ", nats(2.0, digits=1), "."
    assert text_of(words) == "Layer 3 lost 1.000 nats of 2.0 nats."
    assert text_of(words, "bits") == "Layer 3 lost 1.443 bits of 2.9 bits."


def test_a_unit_must_be_known():
    with pytest.raises(KeyError):
        scale_of("bans")


def test_rates_of_information_are_written_in_the_readers_unit_too():
    rate = Quantity(math.log(2), unit="nats per epoch")
    assert rate.text("bits") == "1.000 bits per epoch"
    assert rate.text("nats") == "0.693 nats per epoch"
    assert Quantity(1.0, unit="in nats").text("bits") == "1.000 in nats"


def test_no_limit_is_minus_zero():
    assert Quantity(0.1, -1e-9, 0.2).text() == "0.100 [0.000, 0.200]"
