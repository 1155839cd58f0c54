import numpy as np
import pytest
import torch
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack
from ib_mlflow.networks.ensembles.independence import check_independence

ROWS = torch.randn(300, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Layer(nn.Module):
    """One function between two linear layers."""

    def __init__(self, function, gain=1.0):
        super().__init__()
        self.first, self.last, self.function = nn.Linear(6, 4), nn.Linear(4, 2), function
        self.hidden = nn.Tanh()
        self.gain = nn.Parameter(torch.tensor(gain))

    def forward(self, inputs):
        hidden = self.first(inputs)
        return self.last(self.hidden(hidden + self.gain * self.function(hidden)))


class Attention(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.attention = nn.MultiheadAttention(2, 1, batch_first=batch_first)
        self.last = nn.Linear(6, 2)

    def forward(self, inputs):
        tokens = inputs.unflatten(1, (3, 2))
        return self.last(self.attention(tokens, tokens, tokens)[0].flatten(1))


def whitened(hidden):
    return (hidden - hidden.mean(0)) / (hidden.std(0) + 1)


def by_chance(hidden):
    return nn.functional.dropout(hidden, 0.5, training=True)


def rows_alone(hidden):
    return (hidden - hidden.mean(1, keepdim=True)) / hidden.std(1, keepdim=True)


def normalised():
    norm = nn.BatchNorm1d(4, track_running_stats=False)
    return nn.Sequential(nn.Linear(6, 4), norm, nn.Tanh(), nn.Linear(4, 2))


REFUSED = {
    "statistics": (normalised, r"'1', BatchNorm1d, .*other rows.*track_running_stats=True"),
    "whitening": (
        lambda: Layer(whitened),
        r"'hidden', Tanh, .*other rows .*buffers while training",
    ),
    "attention": (lambda: Attention(False), r"other rows of the batch"),
    "chance": (lambda: Layer(by_chance), r"'hidden', Tanh, .*pass to pass.*nn\.Dropout"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_layers_that_see_other_rows_or_chance_are_refused(case):
    factory, message = REFUSED[case]
    for ask in ("logits", "activations"):
        ensemble = stack(lambda: factory().double(), seeds=(0, 1), layers=[], device="cpu")
        with pytest.raises(InvalidInputError, match=message):
            list(getattr(ensemble, ask)(ROWS))


@pytest.mark.parametrize(
    "factory",
    [
        lambda: Attention(True),
        lambda: Layer(rows_alone),
        lambda: Layer(torch.sign),
        lambda: Layer(lambda hidden: (7 * hidden).round()),
        lambda: Layer(lambda hidden: hidden / 0),  # not finite: a network that diverged
        lambda: nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2)),
        lambda: nn.Sequential(
            nn.Unflatten(1, (2, 3)), nn.InstanceNorm1d(2), nn.Flatten(), nn.Linear(6, 2)
        ),
    ],
)
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_layers_that_see_their_own_row_alone_pass(factory, precision):
    generator = torch.random.get_rng_state()
    torch.manual_seed(0)
    check_independence(factory().to(precision).eval(), ROWS.to(precision))
    torch.random.set_rng_state(generator)


def test_a_single_row_and_equal_rows_say_nothing():
    ensemble = stack(lambda: Layer(rows_alone).double(), seeds=(0,), layers=[], device="cpu")
    assert np.isfinite(ensemble.logits(ROWS[:1])).all()
    assert np.isfinite(ensemble.logits(ROWS[:1].expand(5, 6))).all()
