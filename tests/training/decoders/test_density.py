import numpy as np
import pytest
import torch

from ib_mlflow.errors import CheckpointError, InvalidInputError
from ib_mlflow.networks import PixelCNN
from ib_mlflow.training.decoders import (
    Pairs,
    log_probabilities,
    log_probability_table,
    train_decoder,
)
from ib_mlflow.training.fitting import Plan

PLAN = Plan(updates=800, batch_size=256, learning_rate=0.1, decay="cosine", evaluate=800)
SHORT = Plan(updates=4, batch_size=8, evaluate=2)


def entropy(p):
    return -(p * np.log(p) + (1 - p) * np.log(1 - p))


def test_learning_recovers_a_known_conditional_density(table, truth, draw):
    n = 6000
    training, validation, evaluation = draw(n, 0), draw(1000, 1), draw(20_000, 2)
    plan = Plan(**{**PLAN.settings(), "average": 0.99})
    *_, last = train_decoder(table, training, validation=validation, plan=plan, seed=0)
    learnt = torch.sigmoid(last.model().logits.detach()).numpy()
    counts = np.bincount(training.context)
    frequencies = np.stack(
        [training.images[training.context == h].reshape(-1, 4).mean(axis=0) for h in range(3)]
    )
    standard_error = np.sqrt(truth * (1 - truth) / counts[:, None])
    # The optimiser finds the maximum of the likelihood; that lies by the truth as samples allow.
    assert (np.abs(learnt - frequencies) < 0.2 * standard_error).all()
    assert (np.abs(learnt - truth) < 4 * standard_error).all()
    densities = log_probabilities(last.model(), evaluation)
    excess = truth.size / (2 * n)  # half a nat a parameter and sample (Wilks 1938)
    expected = -entropy(truth).sum(axis=1).mean() - excess
    error = densities.std(ddof=1) / np.sqrt(len(densities))
    assert abs(densities.mean() - expected) < 4 * error


def test_without_context_the_marginal_is_learnt(table, draw):
    training = Pairs(draw(3000, 0).images)
    *_, last = train_decoder(table, training, validation=training, plan=PLAN, seed=0)
    learnt = torch.sigmoid(last.best().logits.detach().mean(dim=0)).numpy()
    frequencies = training.images.reshape(-1, 4).mean(axis=0)
    np.testing.assert_allclose(learnt, frequencies, atol=0.2 * 0.5 / np.sqrt(3000))


def test_an_encoder_is_applied_to_contexts_or_to_images(table, draw):
    pairs = draw(64, 0)

    def other(context):
        return (context + 1) % 3

    shifted = Pairs(pairs.images, (np.asarray(pairs.context) + 1) % 3)
    table.logits.data = torch.linspace(-1, 1, 12).reshape(3, 4)
    by_encoder = log_probabilities(table, pairs, encode=other)
    np.testing.assert_array_equal(by_encoder, log_probabilities(table, shifted))

    def count(images):
        return images.flatten(1).sum(dim=1) % 3

    total = pairs.images.reshape(64, -1).sum(axis=1).astype(np.int64)
    counted = Pairs(pairs.images, total % 3)
    np.testing.assert_array_equal(
        log_probabilities(table, Pairs(pairs.images), encode=count),
        log_probabilities(table, counted),
    )


def test_no_gradient_reaches_the_network_under_study(table, draw):
    studied = torch.nn.Linear(4, 3)

    def encode(images):
        return studied(images.flatten(1).float()).argmax(dim=1)

    pairs = Pairs(draw(16, 0).images)
    list(train_decoder(table, pairs, validation=pairs, encode=encode, plan=SHORT, seed=0))
    assert all(parameter.grad is None for parameter in studied.parameters())


def test_a_network_that_is_no_density_is_refused(draw):
    pairs, network = draw(8, 0), torch.nn.Linear(4, 1)
    with pytest.raises(InvalidInputError, match="must have log_prob"):
        train_decoder(network, pairs, validation=pairs, plan=SHORT, seed=0)
    with pytest.raises(InvalidInputError, match="must have log_prob"):
        log_probabilities(network, pairs)


def test_a_table_has_a_column_for_each_value(table, draw):
    table.logits.data = torch.linspace(-1, 1, 12).reshape(3, 4)
    pairs = draw(50, 0)
    densities = log_probability_table(table, pairs.images, np.arange(3))
    assert densities.shape == (50, 3)
    np.testing.assert_array_equal(
        densities[np.arange(50), pairs.context], log_probabilities(table, pairs)
    )


def test_a_decoder_is_initialised_on_a_batch_unless_it_is_warm(table, draw):
    pairs = draw(32, 0)
    first = next(train_decoder(table, pairs, validation=pairs, plan=SHORT, seed=0))
    assert (first.model().logits == 0.25).all()
    table.logits.data.fill_(-1.5)
    arguments = {"validation": pairs, "plan": SHORT, "seed": 0}
    first = next(train_decoder(table, pairs, warm=True, **arguments))
    assert (first.model().logits == -1.5).all()
    assert (table.logits == -1.5).all()


def test_a_warm_start_is_adapted_to_its_contexts():
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2, (256, 1, 4, 4), dtype=np.uint8)
    h = bits[:, 0, 0, :3].astype(np.float32)
    decoder = PixelCNN(
        (1, 4, 4), head="bernoulli", blocks=1, filters=4, levels=1, context=3, dropout=0.0
    )
    plan = Plan(updates=200, batch_size=64, learning_rate=3e-3, evaluate=200)
    arguments = {"plan": plan, "seed": 0}
    pairs, moved = Pairs(bits, h), Pairs(bits, 100 * h - 7)
    *_, earlier = train_decoder(decoder, pairs, validation=pairs, **arguments)
    first = next(train_decoder(earlier.best(), moved, validation=moved, warm=True, **arguments))
    assert first.update == 0
    assert first.val_loss == pytest.approx(earlier.val_loss, abs=0.1)


def test_a_warm_start_learns_faster(table, draw):
    training, validation = draw(3000, 0), draw(1000, 1)
    *_, earlier = train_decoder(table, training, validation=validation, plan=PLAN, seed=0)
    plan = Plan(updates=20, learning_rate=0.01, evaluate=20)
    losses = {
        warm: list(
            train_decoder(decoder, training, validation=validation, plan=plan, seed=0, warm=warm)
        )[-1].val_loss
        for decoder, warm in ((table, False), (earlier.best(), True))
    }
    assert losses[True] < losses[False]


def test_a_checkpoint_of_another_decoder_is_refused(table, draw):
    pairs = draw(32, 0)
    arguments = {"validation": pairs, "plan": SHORT, "seed": 0}
    checkpoint = next(train_decoder(table, pairs, **arguments)).checkpoint()
    with pytest.raises(CheckpointError, match="the same training"):
        train_decoder(table, draw(32, 1), resume=checkpoint, **arguments)
    arguments["seed"] = 1
    with pytest.raises(CheckpointError, match="the same seed"):
        train_decoder(table, pairs, resume=checkpoint, **arguments)


def test_a_training_is_not_resumed_with_another_layer(table, draw):
    def layer(shift):
        return lambda images: (images.flatten(1).sum(dim=1) + shift) % 3

    pairs = Pairs(draw(32, 0).images)
    arguments = {"validation": pairs, "plan": SHORT, "seed": 0}
    first = next(train_decoder(table, pairs, encode=layer(0), **arguments)).checkpoint()
    assert len(list(train_decoder(table, pairs, encode=layer(0), resume=first, **arguments))) == 2
    for other in (layer(1), None):
        with pytest.raises(CheckpointError, match="the same contexts"):
            train_decoder(table, pairs, encode=other, resume=first, **arguments)


def test_a_training_is_not_resumed_with_another_decoder(draw):
    pairs = Pairs(draw(32, 0).images)
    arguments = {"validation": pairs, "plan": SHORT, "seed": 0}
    settings = {"head": "bernoulli", "blocks": 1, "filters": 2, "levels": 1}
    decoder = PixelCNN((1, 2, 2), **settings)
    checkpoint = next(train_decoder(decoder, pairs, **arguments)).checkpoint()
    other = PixelCNN((1, 2, 2), **settings, dropout=0.1)
    with pytest.raises(CheckpointError, match="the same architecture"):
        train_decoder(other, pairs, resume=checkpoint, **arguments)


def test_a_layer_is_the_same_in_mixed_precision(draw):
    studied = torch.nn.Linear(4, 3)
    batches = []

    def encode(images):
        h = studied(images.flatten(1).float())
        batches.append((images, h))
        return h

    pairs = Pairs(draw(16, 0).images)
    decoder = PixelCNN((1, 2, 2), head="bernoulli", blocks=1, filters=2, levels=1, context=3)
    plan = Plan(updates=2, batch_size=8, evaluate=2, precision="bfloat16")
    list(train_decoder(decoder, pairs, validation=pairs, encode=encode, plan=plan, seed=0))
    assert {len(images) for images, _ in batches} == {8, 16}
    with torch.no_grad():
        for images, h in batches:
            assert h.dtype == torch.float32
            torch.testing.assert_close(h, studied(images.flatten(1).float()))


@pytest.mark.parametrize(
    ("images", "context"),
    [
        (np.zeros((3, 1, 2, 2), np.float32), None),
        (np.zeros((3, 4), np.uint8), None),
        (np.zeros((0, 1, 2, 2), np.uint8), None),
        (np.zeros((3, 1, 2, 2), np.uint8), np.zeros(4)),
        (np.zeros((3, 1, 2, 2), np.uint8), 1.0),
    ],
)
def test_pairs_that_do_not_fit_are_refused(images, context):
    with pytest.raises(InvalidInputError):
        Pairs(images, context)
