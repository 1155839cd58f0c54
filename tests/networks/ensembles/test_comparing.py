import pytest
import torch

from ib_mlflow.networks.ensembles.comparing import differing, identical, moved, same


def test_numbers_are_moved_by_name_and_stay_what_they_are():
    numbers = {
        "weight": torch.randn(50, generator=torch.Generator().manual_seed(0)),
        "variance": torch.tensor([1e-6, 1.0, 100.0]),
        "zero": torch.zeros(2),
        "mask": torch.tensor([0.0, -torch.inf]),
        "ids": torch.arange(3),
        "kept": torch.ones(2),
    }
    other = moved(numbers, numbers.keys() - {"kept"})
    assert (other["weight"] != numbers["weight"]).all()
    assert (other["variance"] > 0).all()
    assert (other["zero"] != 0).all()
    assert other["mask"][1] == -torch.inf
    assert torch.equal(other["ids"], numbers["ids"])
    assert torch.equal(other["kept"], numbers["kept"])


@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_passes_differ_beyond_rounding_whatever_all_logits_have_in_common(shift):
    logits = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64) + shift
    slopes = torch.tensor([3.0], dtype=torch.float64)
    result = {"": logits, "weight": slopes}
    assert same(result, {"": logits + 1e-11, "weight": slopes + 1e-11})
    assert differing(result, {"": logits + torch.eye(3)[0] * 1e-6, "weight": slopes}) == {""}
    assert differing(result, {"": logits, "weight": slopes + 1e-6}) == {"weight"}


def test_slopes_that_are_rounding_beside_others_are_the_same():
    large = torch.ones(3, dtype=torch.float64)
    one, other = ({"": large, "a": large, "bias": 1e-17 * large * sign} for sign in (1, -1))
    assert same(one, other)


def test_both_or_neither_raise():
    error, result = ValueError(), {"": torch.ones(2)}
    assert same(error, RuntimeError())
    assert not same(error, result)
    assert not same(result, error)


def test_what_is_not_there_or_has_another_shape_is_not_identical():
    tensor = torch.tensor([1.0, torch.nan])
    assert identical(tensor, tensor.clone())
    assert not identical(None, tensor)
    assert not identical(tensor[:1], tensor)
    assert not identical(torch.tensor([2.0, torch.nan]), tensor)
