import numpy as np
import pytest
import torch

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks import PixelCNN
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, join_epoch, joined_shape
from ib_mlflow.training.decoders import EpochPairs, Pairs, train_amortised
from ib_mlflow.training.fitting import Plan

EPOCHS, D = 3, 2
PLAN = Plan(updates=6, batch_size=7, learning_rate=0.01, evaluate=2)


@pytest.fixture
def decoder():
    inner = PixelCNN(
        (1, 2, 2), head="bernoulli", filters=2, blocks=1, levels=1, dropout=0.3,
        context=joined_shape((D,), EPOCHS),
    )  # fmt: skip
    return AmortisedPixelCNN(inner, EPOCHS)


def pairs(n, seed, given=True):
    generator = np.random.default_rng(seed)
    images = generator.integers(2, size=(n, 1, 2, 2), dtype=np.uint8)
    contexts = generator.normal(size=(EPOCHS, n, D)).astype(np.float32)
    if given:
        return EpochPairs([Pairs(images, h) for h in contexts], [None] * EPOCHS)
    return EpochPairs([Pairs(images)] * EPOCHS, [layer(epoch) for epoch in range(EPOCHS)])


def layer(epoch):
    def encode(images):
        return images.flatten(1)[:, :D].float() * (epoch + 1) + epoch

    return encode


@pytest.mark.parametrize("given", [True, False])
def test_each_image_is_joined_with_its_own_context_at_its_own_epoch(given):
    training = pairs(10, 0, given)
    images, number = torch.tensor(training.pairs[0].images), torch.tensor([2, 0, 0, 1, 2] * 2)
    contexts = [torch.tensor(each.context) for each in training.pairs] if given else []
    joined = training.joined(images, number, *contexts)
    for row, epoch in enumerate(number.tolist()):
        h = contexts[epoch][row] if given else layer(epoch)(images[row : row + 1])[0]
        assert torch.equal(joined[row], join_epoch(h[None], epoch, EPOCHS)[0])


class Counting(AmortisedPixelCNN):
    """Keeps which epochs it was asked for, and whether it learnt from them."""

    def log_prob(self, x, h):
        EPOCHS_SEEN.append((self.training, h[:, D:].argmax(1).tolist()))
        return super().log_prob(x, h)


EPOCHS_SEEN: list[tuple[bool, list[int]]] = []


def test_updates_draw_epochs_anew_and_evaluations_keep_theirs(decoder):
    EPOCHS_SEEN.clear()
    counting = Counting(decoder.decoder, EPOCHS)
    plan = Plan(updates=60, batch_size=7, evaluate=30)
    list(train_amortised(counting, pairs(14, 0), validation=pairs(9, 1), plan=plan, seed=0))
    learnt = [np.bincount(epochs, minlength=3) for training, epochs in EPOCHS_SEEN if training]
    assert len(learnt) == 60
    assert {tuple(sorted(counts)) for counts in learnt} == {(2, 2, 3)}
    orders = {tuple(epochs) for training, epochs in EPOCHS_SEEN if training}
    assert len(orders) > 50
    # Over updates no epoch is favoured: the odd image goes to each in a third of them.
    odd = np.sum([counts == 3 for counts in learnt], axis=0)
    assert (abs(odd - 20) < 4 * np.sqrt(60 * 2 / 9)).all()
    held_out = [epochs for training, epochs in EPOCHS_SEEN if not training]
    assert held_out == [[0, 1, 2] * 3] * 3


def test_a_resumed_training_ends_with_the_same_bits(decoder):
    def run(resume=None):
        arguments = {"validation": pairs(9, 1), "plan": PLAN, "seed": 3}
        return list(train_amortised(decoder, pairs(20, 0), resume=resume, **arguments))

    whole = run()
    assert [each.update for each in whole] == [0, 2, 4, 6]
    for number in (0, 1, 2):
        rest = run(whole[number].checkpoint())
        ended, weights = (each[-1].checkpoint()["weights"] for each in (rest, whole))
        assert all(torch.equal(ended[name], weights[name]) for name in weights)
    other = {"validation": pairs(9, 1), "plan": PLAN, "seed": 3}
    with pytest.raises(CheckpointError, match="the same training"):
        train_amortised(decoder, pairs(20, 5), resume=whole[0].checkpoint(), **other)


def test_what_does_not_fit_is_refused(decoder):
    images = np.zeros((4, 1, 2, 2), np.uint8)
    given, computed = Pairs(images, np.zeros((4, D), np.float32)), Pairs(images)
    with pytest.raises(InvalidInputError, match="received 2 and 1"):
        EpochPairs([given, given], [None])
    with pytest.raises(InvalidInputError, match="others at epoch number 1"):
        EpochPairs([computed, Pairs(images + 1)], [layer(0), layer(1)])
    with pytest.raises(InvalidInputError, match="contexts or an encoder"):
        EpochPairs([given, computed], [None, layer(1)])
    with pytest.raises(InvalidInputError, match="contexts or an encoder"):
        EpochPairs([computed, computed], [layer(0), None])
    two = EpochPairs([given, given], [None, None])
    with pytest.raises(InvalidInputError, match="3, 2 and 2 of them"):
        train_amortised(decoder, two, validation=two, plan=PLAN, seed=0)
