import copy
from functools import partial

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


class Given(nn.Module):
    """A measured layer that gives something other than a row of numbers for each row."""

    def __init__(self, give, take):
        super().__init__()
        self.first, self.given, self.last = nn.Linear(1, 4), nn.Identity(), nn.Linear(4, 2)
        self.give, self.take = give, take

    def forward(self, inputs):
        return self.last(self.take(self.given(self.give(self.first(inputs[..., None])))))


def steps_first(hidden):
    return hidden.transpose(0, 1)


def rows_and_steps(hidden):
    return hidden.flatten(0, 1)


def rotated(hidden):
    return torch.complex(hidden, hidden)


def of_steps(hidden):
    return hidden.mean(0)


def of_rows_and_steps(hidden):
    return hidden.unflatten(0, (-1, 6)).mean(1)


def of_complex(hidden):
    return hidden.real.mean(1)


@pytest.mark.parametrize(
    ("give", "take", "message"),
    [
        (steps_first, of_steps, r"'given', which gives \(6, 16, 4\) for 16 .*\(6, 8, 4\) for 8"),
        (rows_and_steps, of_rows_and_steps, r"'given', which gives \(96, 4\) for 16 rows"),
        (rotated, of_complex, "'given', which gives torch.complex128"),
    ],
)
@pytest.mark.parametrize("n", [1, 6, 40])  # 6 is the number of steps, too
def test_measured_layers_must_give_real_rows(give, take, message, n):
    for ask in ("logits", "activations"):  # the first is what training asks for
        ensemble = stack(
            lambda: Given(give, take).double(), seeds=(0, 1), layers=["given"], device="cpu"
        )
        with pytest.raises(InvalidInputError, match=message):
            list(getattr(ensemble, ask)(ROWS[:n].numpy()))


def halved(kind, hidden):
    return hidden.to(kind)


def of_halves(hidden):
    return hidden.double().mean(1)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_layers_of_half_precision_are_measured_in_float32(kind):
    ensemble = stack(
        lambda: Given(partial(halved, kind), of_halves).double(),
        seeds=(5,),
        layers=["given"],
        device="cpu",
    )
    torch.manual_seed(5)
    network = Given(partial(halved, kind), of_halves).double()
    expected = network.first(ROWS[..., None]).to(kind).flatten(1).float().detach()
    (_, layer), _ = ensemble.activations(ROWS.numpy())
    assert layer.dtype == np.float32
    np.testing.assert_array_equal(layer[0], expected)


def first_pass_decides(network, hidden):
    factor, network.kept = (2 if network.kept else 1), False
    return hidden * factor / hidden.std()


def cached_by_size(network, hidden):
    network.kept.setdefault(len(hidden), hidden.detach().mean())
    return network.kept[len(hidden)].expand_as(hidden)


@pytest.mark.parametrize(
    ("function", "kept", "name"),
    [(first_pass_decides, True, r"kept \(bool\)"), (cached_by_size, {}, r"kept \(dict\)")],
)
def test_attributes_by_which_rows_see_each_other_are_named(function, kept, name):
    class Keeping(Layer):
        def __init__(self):
            super().__init__(lambda hidden: hidden)
            self.kept = copy.copy(kept)

        def forward(self, inputs):
            hidden = self.first(inputs)
            return self.last(self.hidden(hidden + function(self, hidden)))

    ensemble = stack(Keeping, seeds=(0, 1), layers=[], device="cpu")
    with pytest.raises(InvalidInputError, match=f"pass that changes {name}.*register it as a buff"):
        ensemble.logits(ROWS.numpy())


def test_slopes_taken_in_forward_leave_no_warning(recwarn):
    class Slopes(Layer):
        def forward(self, inputs):
            with torch.enable_grad():
                inputs = inputs.clone().requires_grad_(True)
                energy = super().forward(inputs)
                (slope,) = torch.autograd.grad(energy.sum(), inputs, create_graph=True)
            return self.last(self.first(slope))

    check_independence(Slopes(lambda hidden: hidden).double().eval(), ROWS)
    assert not [str(warning.message) for warning in recwarn]
