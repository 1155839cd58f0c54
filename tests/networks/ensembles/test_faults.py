import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack


class Several(nn.Module):
    """Parts one after another, the last of them linear."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.Sequential(*parts)
        self.last = nn.LazyLinear(2)

    def forward(self, inputs):
        return self.last(self.parts(inputs).flatten(1))


def last_of(units, *parts):
    network = Several(*parts)
    network.last = nn.Linear(units, 2)
    return network


CASES = {
    "too wide": (
        lambda: last_of(2, nn.Linear(7, 2)),
        torch.zeros(4, 6),
        r"4 rows of shape \(6,\) .*'parts.0', Linear\(in_features=7.*comes: nn.Linear\(6, 2\)",
    ),
    "too narrow": (
        lambda: last_of(3, nn.Linear(6, 2)),
        torch.zeros(4, 6),
        r"module 'last', .*nn\.Linear\(2, 2\)",
    ),
    "not flattened": (
        lambda: last_of(2, nn.Linear(36, 2)),
        torch.zeros(4, 1, 6, 6),
        r"nn\.Flatten\(\) before it",
    ),
    "flat images": (
        lambda: last_of(32, nn.Conv2d(1, 2, 3)),
        torch.zeros(4, 36),
        r"nn\.Unflatten\(1, \(channels, h, w\)\) before it",
    ),
    "channels": (
        lambda: last_of(32, nn.Conv2d(3, 2, 3)),
        torch.zeros(4, 1, 6, 6),
        r"what comes, \(1, 6, 6\): channels first",
    ),
    "real ids": (
        lambda: last_of(12, nn.Embedding(3, 2)),
        torch.zeros(4, 6),
        "a dataset|dataset of int64 ids",
    ),
    "ids too large": (
        lambda: last_of(12, nn.Embedding(3, 2)),
        torch.full((4, 6), 3),
        "num_embeddings above the largest",
    ),
    "ids as numbers": (
        lambda: last_of(2, nn.Linear(6, 2)),
        torch.zeros(4, 6, dtype=torch.int64),
        r"Look ids up by an nn\.Embedding",
    ),
    "its own": (
        lambda: last_of(6, nn.Unflatten(1, (4, 4))),
        torch.zeros(4, 6),
        r"factory\(\)\(torch\.zeros\(4, 6\)\) run by itself",
    ),
}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_the_module_at_fault_is_named_with_what_to_do(case, together):
    factory, rows, message = CASES[case]
    ensemble = stack(factory, seeds=(0, 1), layers=[], device="cpu")
    ensemble.one_by_one = not together
    with pytest.raises(InvalidInputError, match=message):
        ensemble.logits(rows)
    assert ensemble.one_by_one is not together  # a network's own fault says nothing of vmap


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (lambda x: {"logits": x, "hidden": x}, r"'logits', 'hidden'.*output\['logits'\]"),
        (lambda x: {"a": x}, r"output\['a'\]"),
        (lambda x: (x, None), r"tuple of Tensor, NoneType.*output\[0\]"),
        (lambda x: None, r"a NoneType\. Return the logits alone"),
    ],
)
def test_what_is_put_out_is_named_with_what_to_do(output, message):
    class Putting(nn.Linear):
        def forward(self, inputs):
            return output(super().forward(inputs))

    ensemble = stack(lambda: Putting(3, 2), seeds=(0, 1), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match=message):
        ensemble.logits(torch.zeros(4, 3))
