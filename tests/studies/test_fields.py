import pytest
from pydantic import BaseModel, ValidationError

from ib_mlflow.studies.fields import (
    BinSize,
    CommaList,
    Distinct,
    Strength,
    as_text,
    is_list,
    range_of,
)


class Lists(BaseModel):
    any_order: CommaList[int] = (1,)
    sizes: Distinct[BinSize] = (0.1,)
    single: BinSize = 0.1
    strength: Strength = 0.0


def test_lists_are_one_word_and_read_back():
    lists = Lists(any_order="3,3,1", sizes="0.01,1e-5")
    assert lists.any_order == (3, 3, 1)
    assert lists.sizes == (0.01, 1e-05)
    assert as_text(lists.sizes) == "0.01,1e-05"
    assert as_text(False) == "false"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("sizes", "0.07,0.070", "name each value once"),
        ("sizes", (0.1, 0.1), "name each value once"),
        ("sizes", "0", "greater than or equal to 0.000000001"),
        ("strength", "1e-9", "what is smaller than 1e-08 changes nothing"),
        ("any_order", (), "at least 1 item"),
    ],
)
def test_what_a_list_may_not_be(field, value, message):
    with pytest.raises(ValidationError, match=message):
        Lists(**{field: value})


def test_a_list_has_the_range_of_its_values():
    fields = Lists.model_fields
    assert range_of(fields["sizes"]) == range_of(fields["single"]) == "≥ 1e-09, ≤ 100"
    assert [is_list(field) for field in fields.values()] == [True, True, False, False]
