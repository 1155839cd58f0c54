import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.rows import ROWS, checked_rows, pieces


@pytest.mark.parametrize("n", [1, 2, 4, 5, 7, 8, 9, 1000, 1001])
def test_pieces_cover_every_row_once_and_none_is_a_single_one(n):
    parts = pieces(n, 4)
    assert np.concatenate([np.arange(n)[part] for part in parts]).tolist() == list(range(n))
    assert all(part.stop - part.start > 1 for part in parts) or n == 1


@pytest.mark.parametrize(
    ("given", "kind"),
    [("uint8", "float64"), ("bool", "float64"), ("float32", "float64"), ("int32", "int64")],
)
def test_ids_stay_whole_numbers_and_everything_else_is_real(given, kind):
    rows = checked_rows(np.ones((2, 3), given), torch.float64)
    assert rows.dtype == kind
    assert rows.tolist() == [[1] * 3] * 2


@pytest.mark.parametrize(
    ("values", "fix"),
    [
        ([[1.0], [1.0, 2.0]], "rows of equal length"),
        (torch.zeros(2, 3, dtype=torch.bfloat16), r"no bfloat16: give the tensor's float\(\)"),
        (torch.zeros(2, 3, requires_grad=True), r"tensor's detach\(\)"),
        (torch.zeros(2, 3, device="meta"), r"tensor's cpu\(\)"),
    ],
)
def test_the_advice_fits_what_cannot_be_read(values, fix):
    with pytest.raises(InvalidInputError, match=fix):
        checked_rows(values, torch.float32)


class Squeezing(nn.Module):
    """It loses the first axis of a single row."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(3, 2)

    def forward(self, inputs):
        return self.last(inputs).squeeze()


def test_no_single_row_is_left_for_the_last_piece():
    rows = np.random.default_rng(0).normal(size=(ROWS + 1, 3))
    ensemble = stack(lambda: Squeezing().double(), seeds=(0, 1), layers=["last"], device="cpu")
    (_, hidden), _ = ensemble.activations(rows)
    assert np.array_equal(hidden, ensemble.logits(rows))
    expected = ensemble.member(1)(torch.from_numpy(rows)).detach().numpy()
    np.testing.assert_allclose(hidden[1], expected, rtol=0, atol=1e-12)
