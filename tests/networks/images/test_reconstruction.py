import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.reconstruction import Reconstruction


@pytest.mark.parametrize("shape", [(1, 14, 14), (1, 28, 28), (3, 32, 32), (1, 40, 40), (2, 9, 13)])
@pytest.mark.parametrize("context", [(10,), (4, 1, 1), (4, 5, 5), (4, 12, 12), (4, 40, 60)])
def test_images_have_the_right_size_whatever_the_context(shape, context):
    network = Reconstruction(context, shape, filters=3)
    assert network(torch.zeros(2, *context)).shape == (2, *shape)


def test_a_pixel_of_the_context_reaches_the_image_where_it_is():
    network = Reconstruction((1, 8, 8), (1, 32, 32), filters=4, seed=0)
    context = torch.zeros(1, 1, 8, 8, requires_grad=True)
    network(context)[0, 0, 4, 28].backward()
    rows, columns = context.grad[0, 0].nonzero().T
    assert 0 <= rows.min() <= rows.max() <= 3
    assert 5 <= columns.min() <= columns.max() <= 7


def test_weights_are_a_function_of_the_seed():
    state = torch.random.get_rng_state()
    one, two, other = (Reconstruction((5,), (1, 8, 8), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    context = torch.ones(1, 5)
    assert torch.equal(one(context), two(context))
    assert not torch.equal(one(context), other(context))


@pytest.mark.parametrize(
    ("context", "shape", "filters"),
    [((3, 3), (1, 8, 8), 2), ((0,), (1, 8, 8), 2), ((3,), (8, 8), 2), ((3,), (1, 8, 8), 0)],
)
def test_what_is_out_of_range_is_refused(context, shape, filters):
    with pytest.raises(InvalidInputError):
        Reconstruction(context, shape, filters=filters)
