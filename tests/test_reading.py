import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.information import binned_information
from ib_mlflow.reading import advice


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ([[1], [1, 2]], "Give rows of equal length."),
        (torch.zeros(2, dtype=torch.bfloat16), "NumPy has no bfloat16: give the tensor's float()."),
        (
            torch.zeros(2, dtype=torch.bfloat16, requires_grad=True),
            "NumPy has no bfloat16: give the tensor's detach().float().",
        ),
        (torch.zeros(2, requires_grad=True), "Give the tensor's detach()."),
        (torch.zeros(2, device="meta"), "Give the tensor's cpu()."),
        (
            torch.zeros(2, device="meta", requires_grad=True),
            "Give the tensor's detach().cpu().",
        ),
        ([torch.zeros(2, requires_grad=True)], "Give the tensor's detach()."),
    ],
)
def test_the_fix_names_what_stands_in_the_way(values, fix):
    assert advice(values) == fix


def test_estimators_give_it():
    with pytest.raises(InvalidInputError, match=r"no bfloat16: give the tensor's float\(\)"):
        binned_information(torch.zeros(4, 2, dtype=torch.bfloat16), [0, 1, 0, 1], bin_size=0.1)
