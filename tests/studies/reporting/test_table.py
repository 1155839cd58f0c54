import math

import pytest

from ib_mlflow.studies.judging.intervals import Interval
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats

BIT = math.log(2)


def test_informations_are_written_in_the_readers_unit():
    table = Table(["layer", "I(X;T)"], [(1, Interval(BIT, 0.0, 2 * BIT).quantity("nats"))])
    assert "| 1 | 1.000 bits [0.000, 2.000] |" in table.markdown("bits")
    assert "| 1 | 0.693 nats [0.000, 1.386] |" in table.markdown("nats")


def test_below_a_heading_with_the_unit_numbers_stand_alone():
    table = Table(["I(X;T) [{unit}]", "lost"], [(nats(BIT), nats(BIT))])
    assert table.markdown("bits").splitlines() == [
        "| I(X;T) [bits] | lost |",
        "| --- | --- |",
        "| 1.000 | 1.000 bits |",
    ]


def test_a_cell_is_one_line():
    assert (
        Table(["a"], [("class\nof\r\n two lines",)]).markdown().endswith("| class of two lines |")
    )


def test_a_bar_in_a_cell_is_no_new_cell():
    assert Table(["a"], [("I(X|T)",)]).markdown().endswith("| I(X\\|T) |")


def test_every_row_has_a_cell_for_every_column():
    with pytest.raises(ValueError, match="zip"):
        Table(["a", "b"], [(1,)]).markdown()


def test_a_table_may_be_empty():
    assert Table(["a", "b"]).markdown() == "| a | b |\n| --- | --- |"
