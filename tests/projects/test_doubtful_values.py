import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.fields import is_number, range_of
from projects.registry import STUDIES, load_study

DOUBTFUL = {
    ("seed", "1_0"): "seed: a number is written with the digits 0 to 9",
    ("seed", "\N{FULLWIDTH DIGIT ONE}"): "the digits 0 to 9",
    ("hidden", "10,1_0"): "the digits 0 to 9",
    ("hidden", ",".join(["3"] * 101)): "at most 100 items",
    ("learning_rate", "1e-320"): "greater than or equal to 0.00000001",
    ("test_fraction", "1e-12"): "greater than or equal to 0.001",
    ("test_fraction", "0.999999999"): "less than or equal to 0.999",
    ("batch_size", "9" * 21): "less than or equal to 10000000",
    ("members", "9" * 5000): "(5002 characters)",
}
"""What would be read, and is not meant: by name and value the reason."""


@pytest.mark.parametrize(("given", "reason"), DOUBTFUL.items(), ids=range(len(DOUBTFUL)))
def test_doubtful_values_are_refused_in_a_short_line(given, reason):
    name, value = given
    with pytest.raises(ConfigurationError) as raised:
        load_study("main").configuration.parse([f"--{name}", value])
    text = str(raised.value)
    assert reason in text
    assert name in text
    assert len(text) < 500
    assert "\n" not in text


def test_a_name_without_its_dashes_is_told_from_an_unknown_one():
    with pytest.raises(ConfigurationError, match="Write --seed and its value"):
        load_study("main").configuration.parse(["seed", "3"])


THRESHOLDS = {"accuracy", "unknown"}
"""What numbers are compared with alone: any value above 0 can be."""


def real_numbers(model):
    """The parameters that are real numbers, or lists of them."""
    for name, info in model.model_fields.items():
        if is_number(info) and "float" in str(info.annotation) and name not in THRESHOLDS:
            yield name, info


@pytest.mark.parametrize("value", ["1e-300", "5e-324", "-5e-324", "1e-20", "1e20", "1e300"])
@pytest.mark.parametrize("name", STUDIES)
def test_a_number_too_small_or_too_large_to_compute_with_is_refused_with_its_range(name, value):
    model = load_study(name).configuration
    parameters = list(real_numbers(model))
    assert parameters or not issubclass(model, LearningConfiguration)
    for parameter, info in parameters:
        with pytest.raises(ConfigurationError) as raised:
            model.parse([f"--{parameter}", value])
        assert str(raised.value).startswith(f"{parameter}: "), parameter
        assert f"Allowed: {range_of(info)}" in str(raised.value), parameter
        assert f"received '{value}'" in str(raised.value), parameter


@pytest.mark.parametrize("name", STUDIES)
def test_what_stands_for_none_is_taken(name):
    model = load_study(name).configuration
    for parameter, info in real_numbers(model):
        if range_of(info).startswith("0"):
            assert model.parse([f"--{parameter}", "0"])


@pytest.mark.parametrize("name", STUDIES)
def test_every_number_has_a_largest_value(name):
    model = load_study(name).configuration
    open_ended = [
        field
        for field, info in model.model_fields.items()
        if is_number(info) and not {"<", "≤"} & set(range_of(info))
    ]
    assert not open_ended
