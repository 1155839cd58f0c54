"""What can be checked without a GPU; tests/gpu compares trainings that replay with the CPU's."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from ib_mlflow.networks import PixelCNN, ResNet
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, joined_shape
from ib_mlflow.training.fitting import Plan
from ib_mlflow.training.fitting.learner import Learner
from ib_mlflow.training.fitting.replay import arguments_of, of_many_kernels, replay

SHAPE, CONTEXT = (1, 8, 8), (3,)


def decoder(context=CONTEXT):
    return PixelCNN(SHAPE, head="bernoulli", filters=2, blocks=1, levels=1, context=context)


def images(b):
    return torch.zeros(b, *SHAPE, dtype=torch.uint8)


def test_decoders_are_replayed_and_classifiers_are_not():
    inner = decoder(joined_shape(CONTEXT, 2))
    assert of_many_kernels(AmortisedPixelCNN(inner, 2)) is inner.network
    assert of_many_kernels(ResNet((3, 8, 8), 3, widths=(2, 2), blocks=1)) is None


@pytest.mark.parametrize("given", [True, False])
def test_what_a_part_is_given_is_found_without_computing_it(given):
    model = decoder(CONTEXT if given else None)
    h = torch.ones(5, *CONTEXT, requires_grad=True)
    model.network.exit.register_forward_hook(lambda *_: pytest.fail("it was computed"))
    run = (lambda: model.log_prob(images(5), 2 * h)) if given else lambda: model.log_prob(images(5))
    arguments = arguments_of(model.network, run)
    assert [tuple(each.shape) for each in arguments] == [(5, *SHAPE), (5, *CONTEXT)][: 1 + given]
    assert [each.requires_grad for each in arguments] == [False, True][: 1 + given]
    assert all(each.is_leaf for each in arguments)
    assert not model.network._forward_pre_hooks


def test_an_error_on_the_way_to_the_part_is_raised():
    model = decoder()
    with pytest.raises(RuntimeError, match="of the images"):
        arguments_of(model.network, lambda: fail_with("of the images"))
    assert not model.network._forward_pre_hooks


def fail_with(words):
    raise RuntimeError(words)


def test_passes_are_recorded_once_before_the_first_update(monkeypatch):
    """With a recorder that computes as ever; the weights are those without any."""
    recorded = []

    def record(part, arguments, **_):
        assert part.training
        recorded.append([tuple(each.shape) for each in arguments])

    monkeypatch.setattr(torch.cuda, "make_graphed_callables", record)
    plan = Plan(updates=3, batch_size=4, evaluate=3)
    learners = [Learner(decoder(), objective, plan, seed=0) for _ in range(2)]
    learners[1]._unrecorded = of_many_kernels(learners[1].model)
    for learner in learners:
        for update in (1, 2):
            learner.step(update, Batch(), range(4))
    first, second = (nn.utils.parameters_to_vector(each.model.parameters()) for each in learners)
    assert recorded == [[(4, *SHAPE), (4, *CONTEXT)]]
    assert torch.equal(first, second)


def objective(model, x, h):
    return -model.log_prob(x, h)


class Batch:
    """Samples that are the same at every update."""

    def rows(self, rows):
        return [images(len(rows)), torch.ones(len(rows), *CONTEXT)]


def test_a_cpu_replays_nothing():
    learner = Learner(decoder(), objective, Plan(updates=1, batch_size=4, evaluate=1), seed=0)
    assert learner._unrecorded is None


@pytest.mark.parametrize("half", [True, False])
def test_the_recording_is_of_the_precision_of_the_updates(monkeypatch, half):
    asked = []

    def autocast(*arguments, **settings):
        asked.append((arguments, settings))
        return nullcontext()

    monkeypatch.setattr(torch, "autocast", autocast)
    monkeypatch.setattr(torch.cuda, "make_graphed_callables", lambda *_, **__: None)
    model = decoder()
    replay(model.network, lambda: model.log_prob(images(2), torch.ones(2, *CONTEXT)), half=half)
    # What autocast keeps between passes would be missing where a recorded pass is replayed.
    expected = {"enabled": half, "cache_enabled": False}
    assert asked == [(("cuda", torch.bfloat16), expected)]
