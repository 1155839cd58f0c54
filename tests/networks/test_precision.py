import pytest
import torch

from ib_mlflow.networks.precision import full_precision


@pytest.fixture
def convolutions():
    settings = torch.backends.cudnn.conv
    before, settings.fp32_precision = settings.fp32_precision, "tf32"
    yield settings
    settings.fp32_precision = before


def test_convolutions_are_in_full_precision_inside_and_as_before_outside(convolutions):
    with full_precision():
        assert convolutions.fp32_precision == "ieee"
        with full_precision():
            assert convolutions.fp32_precision == "ieee"
        assert convolutions.fp32_precision == "ieee"
    assert convolutions.fp32_precision == "tf32"


def test_the_setting_comes_back_after_an_exception(convolutions):
    with pytest.raises(KeyError), full_precision():
        raise KeyError
    assert convolutions.fp32_precision == "tf32"


def test_a_function_may_be_decorated(convolutions):
    @full_precision()
    def precision():
        return convolutions.fp32_precision

    assert [precision(), precision()] == ["ieee", "ieee"]
    assert convolutions.fp32_precision == "tf32"
