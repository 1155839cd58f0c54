from itertools import islice, pairwise

import numpy as np
import torch

from projects.phases.teachers import Course, Teacher, descend, products

RNG = np.random.default_rng(0)


def test_irrelevant_inputs_are_weighed_by_zero_and_outputs_vary_by_one():
    teacher = Teacher(relevant=30, irrelevant=70, outputs=200, noise=0.2)
    weights, inputs, targets = teacher.draw(seed=0, samples=2000)
    assert not weights[:, 30:].any()
    assert abs((weights**2).sum(axis=1).mean() - 1) < 4 * np.sqrt(2 / 30 / 200)
    residual = targets - inputs @ weights.T
    assert abs(residual.var() - 0.2) < 4 * 0.2 * np.sqrt(2 / residual.size)


def test_a_step_follows_the_gradient():
    """By automatic differentiation, for three layers and two outputs."""
    sizes = (3, 4, 5, 2)
    weights = [RNG.normal(size=(2, d, m)) for m, d in pairwise(sizes)]
    inputs, targets = RNG.normal(size=(2, 7, 3)), RNG.normal(size=(2, 7, 2))
    tensors = [torch.tensor(matrix, requires_grad=True) for matrix in weights]
    values = torch.tensor(inputs)
    for tensor in tensors:
        values = values @ tensor.mT
    loss = ((values - torch.tensor(targets)) ** 2).sum(dim=2).mean(dim=1) / 2
    loss.sum().backward()
    moved = [matrix.copy() for matrix in weights]
    descend(moved, inputs, targets, 0.1)
    for before, after, tensor in zip(weights, moved, tensors, strict=True):
        np.testing.assert_allclose(before - after, 0.1 * tensor.grad.numpy(), atol=1e-12)
    np.testing.assert_allclose(inputs @ products(weights)[-1].mT, values.detach(), atol=1e-12)


def test_batches_hold_every_sample_once_and_go_on_where_they_were():
    course = Course(samples=10, batch_size=4, learning_rate=0.1, initial=1.0)
    batches = list(islice(course.batches((3, 5), 0), 7))
    assert [rows.shape for _, rows in batches] == [(2, 4), (2, 4), (2, 2)] * 2 + [(2, 4)]
    for student in (0, 1):
        epoch = np.concatenate([rows[student] for _, rows in batches[:3]])
        assert sorted(epoch) == list(range(10))
    assert (batches[0][1][0] != batches[0][1][1]).any()
    for taken in (2, 3, 5):
        resumed = next(course.batches((3, 5), taken))[1]
        np.testing.assert_array_equal(resumed, batches[taken][1])


def test_students_do_not_depend_on_each_other():
    course = Course(samples=10, batch_size=4, learning_rate=0.1, initial=1.0)
    both, alone = course.weights((6, 4, 1), (3, 5)), course.weights((6, 4, 1), (5,))
    for together, own in zip(both, alone, strict=True):
        np.testing.assert_array_equal(together[1], own[0])
