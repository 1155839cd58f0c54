import pytest
import torch
from numba import config
from torch import nn

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import GaussianNoise, mlp, stack
from ib_mlflow.networks.noise import Dropout
from ib_mlflow.training import Augmentation, Schedule, train
from ib_mlflow.training.engines import per_member

RATES = {"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01, "batch_size": 32}


def convolutional(random=lambda: GaussianNoise(0)):
    return nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.BatchNorm2d(3),
        nn.Tanh(),
        random(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(12, 3),
    ).double()


def make(beta=(0.0, 0.1, 0.3), seeds=(3, 3, 8)):
    return stack(convolutional, seeds=seeds, layers=["2"], beta=beta, device="cpu")


def dropping(seeds=(3, 3, 8)):
    return stack(lambda: convolutional(lambda: Dropout(0.3)), seeds=seeds, layers=[], device="cpu")


@pytest.fixture
def images(make_dataset):
    return make_dataset(100, 1, 6, 6, classes=3)


def trained(ensemble, dataset, epochs=(2,), **arguments):
    return list(train(ensemble, dataset, Schedule.of(epochs), **{**RATES, **arguments}))[-1]


def same_bits(one, other, mine=slice(None), theirs=slice(None)):
    states = one.ensemble.state(), other.ensemble.state()
    return all(torch.equal(t[mine], states[1][name][theirs]) for name, t in states[0].items())


@pytest.mark.parametrize("factory", [make, dropping])
@pytest.mark.parametrize("augmentation", [None, Augmentation(1, 20, 10)])
def test_members_trained_apart_are_those_trained_together(
    monkeypatch, images, factory, augmentation
):
    more = {"augmentation": augmentation, "orthonormality": [0, 0.01, 0.02]}
    ensemble = factory()
    assert per_member.possible(ensemble, torch.zeros(2, 1, 6, 6, dtype=torch.float64))
    one = trained(ensemble, images, **more)
    monkeypatch.setattr(per_member, "possible", lambda *_: False)
    other = trained(ensemble, images, **more)
    for name, tensor in one.ensemble.state().items():
        torch.testing.assert_close(tensor, other.ensemble.state()[name], rtol=0, atol=1e-10)


def test_augmentation_changes_what_is_learnt_and_not_what_is_evaluated(images):
    plain, augmented = (trained(make(), images, augmentation=a) for a in (None, Augmentation()))
    assert not same_bits(plain, augmented)
    (before,) = train(make(), images, Schedule.of([]), **RATES)
    (again,) = train(make(), images, Schedule.of([]), **RATES, augmentation=Augmentation())
    assert (before.train_loss == again.train_loss).all()


@pytest.mark.parametrize("factory", [make, dropping])
def test_threads_and_pauses_change_no_bit(monkeypatch, images, factory):
    expected = trained(factory(), images, epochs=(1, 3))
    monkeypatch.setattr(config, "NUMBA_NUM_THREADS", 3)
    monkeypatch.setattr(per_member, "AT_ONCE", 1)
    assert same_bits(expected, trained(factory(), images, epochs=(3,)))


def test_members_do_not_notice_each_other(images):
    """Nor does dropout: twins drop the same units and stay twins."""
    together = trained(dropping(), images, augmentation=Augmentation())
    alone = trained(dropping(seeds=(8,)), images, augmentation=Augmentation())
    assert same_bits(together, alone, mine=slice(2, 3))
    assert same_bits(together, together, mine=0, theirs=1)
    noisy = trained(make(), images)
    assert same_bits(noisy, trained(make(beta=[0.1], seeds=(3,)), images), mine=slice(1, 2))


def test_training_resumes_bit_for_bit(images):
    arguments = {**RATES, "augmentation": Augmentation(), "final_learning_rate": 0.01}
    whole = list(train(make(), images, Schedule.of([1, 3]), **arguments))
    rest = train(make(), images, Schedule.of([1, 3]), resume=whole[1].checkpoint(), **arguments)
    assert same_bits(whole[-1], list(rest)[-1])


def test_torchs_threads_and_generator_are_left_alone(images):
    before, generator = torch.get_num_threads(), torch.random.get_rng_state()
    torch.set_num_threads(3)
    try:
        trained(make(), images)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert torch.equal(generator, torch.random.get_rng_state())


def test_networks_that_draw_from_torchs_generator_are_trained_together():
    """Threads would share it."""
    rows = torch.zeros(2, 1, 6, 6, dtype=torch.float64)

    def possible(*modules):
        ensemble = stack(
            lambda: nn.Sequential(*modules, convolutional()), seeds=(0,), layers=[], device="cpu"
        )
        before = ensemble.state()
        answer = per_member.possible(ensemble, rows)
        assert all(torch.equal(before[name], t) for name, t in ensemble.state().items())
        return answer

    assert possible()
    assert not possible(nn.Dropout(0.5))


def test_networks_without_convolutions_are_trained_together():
    assert not per_member.possible(mlp((6, 5, 2), beta=0.1, device="cpu"), torch.zeros(2, 6))


def test_layers_without_influence_keep_their_weights(images):
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = convolutional(), nn.Linear(2, 2)

        def forward(self, inputs):
            return self.used(inputs)

    ensemble = stack(lambda: Idle().double(), seeds=(0,), layers=[], device="cpu")
    last = trained(ensemble, images, weight_decay=0)
    assert torch.equal(last.ensemble.parameters["idle.weight"], ensemble.parameters["idle.weight"])


def test_augmentation_is_for_images(make_dataset):
    with pytest.raises(InvalidInputError, match="augmentation is for images"):
        train(
            mlp((6, 2)), make_dataset(9, 6), Schedule.of([1]), **RATES, augmentation=Augmentation()
        )


def test_fully_connected_networks_can_be_augmented_too(images):
    ensemble = mlp((36, 8, 3), beta=[0, 0.1], members=2, device="cpu")
    plain, augmented = (trained(ensemble, images, augmentation=a) for a in (None, Augmentation()))
    still = trained(ensemble, images, augmentation=Augmentation(0, 0, 0))
    for name, tensor in plain.ensemble.parameters.items():
        torch.testing.assert_close(tensor, still.ensemble.parameters[name], rtol=0, atol=1e-5)
        assert not torch.equal(tensor, augmented.ensemble.parameters[name])


class Replacing(nn.Module):
    """A network that puts other tensors in place of its own, by every way that torch has."""

    def __init__(self):
        super().__init__()
        self.network = convolutional()
        self.register_buffer("assigned", torch.zeros(6, dtype=torch.float64))
        self.register_buffer("data", torch.zeros(6, dtype=torch.float64))
        self.register_buffer("turned", torch.arange(9.0).reshape(3, 3))
        self.register_buffer("learnt", torch.zeros(3, dtype=torch.float64))

    def forward(self, inputs):
        mean = inputs.mean((0, 1, 2))
        logits = self.network(inputs - self.assigned - self.data) + self.learnt.detach()
        if self.training:
            self.assigned = 0.9 * self.assigned + 0.1 * mean
            self.data.data = 0.8 * self.data + 0.2 * mean
            self.turned = self.turned.T
            self.learnt = 0.5 * self.learnt.detach() + logits.mean(0)
            weight = self.network[6].weight
            weight.data = weight.data.clamp(-0.2, 0.2)
        return logits


def test_what_a_network_puts_in_place_of_its_tensors_is_kept(images, train_alone):
    seeds = (3, 8)
    ensemble = stack(Replacing, seeds=seeds, layers=[], device="cpu")
    last = trained(ensemble, images, epochs=(1, 3))
    rates = {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.01}
    for member, seed in enumerate(seeds):
        torch.manual_seed(seed)
        network = train_alone(Replacing(), seed, images, 3, batch_size=32, **rates)
        for name, tensor in network.state_dict().items():
            kept = last.ensemble.state()[name][member]
            torch.testing.assert_close(kept, tensor, rtol=0, atol=1e-10)
