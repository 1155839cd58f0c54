import math

import pytest

from ib_mlflow.units import Quantity, nats, scale_of, text_of

BIT = math.log(2)


def test_informations_are_written_in_the_readers_unit_with_their_limits():
    quantity = Quantity(3 * BIT, 2 * BIT, 4 * BIT, "nats")
    assert quantity.text("bits") == "3.000 bits [2.000, 4.000]"
    assert quantity.text() == "2.079 nats [1.386, 2.773]"
    assert quantity.number("bits") == "3.000"
    assert scale_of("nats") == 1.0


def test_rates_of_information_are_written_in_the_readers_unit_too():
    rate = Quantity(BIT, unit="nats per epoch")
    assert rate.text("bits") == "1.000 bits per epoch"
    assert rate.text("nats") == "0.693 nats per epoch"


@pytest.mark.parametrize("unit", ["cells", "errors", "", "in cosine similarity"])
def test_what_is_no_information_is_written_as_it_is(unit):
    quantity = Quantity(1.5, 1.0, 2.0, unit)
    assert (
        quantity.text("bits")
        == quantity.text("nats")
        == f"1.500 {unit}".rstrip() + (" [1.000, 2.000]")
    )


def test_what_cannot_be_known_is_said_in_words():
    assert Quantity(math.nan, math.nan, math.nan, "nats").text() == "– [no network is left]"
    lone = Quantity(1.0, -math.inf, math.inf, "nats").text()
    assert lone == "1.000 nats [no interval: fewer than two networks]"


def test_nothing_is_minus_zero():
    assert nats(-1e-9).text() == "0.000 nats"
    assert Quantity(0.1, -1e-9, 0.2).text() == "0.100 [0.000, 0.200]"


def test_digits():
    assert nats(1.23456, digits=1).text() == "1.2 nats"
    assert nats(0.000123456, digits=None).text() == "0.0001235 nats"
    assert nats(12 * BIT, digits=None).number("bits") == "12"


def test_a_text_is_written_with_its_numbers():
    words = ("In ", 3, " of 4: ", nats(BIT), ".")
    assert text_of(words, "bits") == "In 3 of 4: 1.000 bits."
    assert text_of(words) == "In 3 of 4: 0.693 nats."
