import pytest
import torch

from ib_mlflow.networks import PixelCNN
from ib_mlflow.networks.pixelcnn.growing import GrowingImages

OWN = {"conditioning": "convolution"}
ARCHITECTURES = [
    {"shape": (1, 8, 8), "levels": 3, "blocks": 3},
    {"shape": (1, 8, 8), "levels": 3, "blocks": 1, "head": "softmax"},
    {"shape": (3, 8, 8), "levels": 3, "blocks": 5},
    {"shape": (1, 8, 16), "levels": 4, "blocks": 1, "head": "bernoulli", "context": 5},
    {"shape": (1, 14, 14), "levels": 2, "blocks": 2, "context": (3, 5, 5)},
    {"shape": (3, 6, 4), "levels": 2, "blocks": 1, "context": (3, 12, 8)},
    {"shape": (1, 5, 7), "levels": 1, "blocks": 2, "context": (2, 5, 7)},
    {"shape": (1, 8, 8), "levels": 3, "blocks": 1, "context": (3, 4, 4), **OWN},
    {"shape": (3, 8, 8), "levels": 3, "blocks": 1, "context": (3, 16, 16), **OWN},
    {"shape": (1, 1, 4), "levels": 1, "blocks": 1},
    {"shape": (1, 4, 1), "levels": 1, "blocks": 1},
    {"shape": (1, 4, 2), "levels": 2, "blocks": 1, "filters": 1},
]


def grown(decoder, x, h):
    """Parameters of every pixel from the caches, while the images x are written."""
    b, _, height, width = x.shape
    growing = GrowingImages(decoder.network, h, width, b)
    scaled = decoder.head.scaled(x, decoder.dtype)
    parameters = []
    for i in range(height):
        growing.begin_row(i)
        for j in range(width):
            parameters.append(growing.parameters(i, j).clone())
            growing.write(j, scaled[:, :, i, j])
    return torch.stack(parameters, 2).unflatten(2, (height, width))


@pytest.mark.parametrize("b", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_cached_and_full_parameters_are_equal(architecture, dtype, b):
    decoder = PixelCNN(**{"filters": 6, **architecture}).to(dtype)
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(decoder.head.values, (32, *decoder.shape), generator=generator).byte()
    h = None
    if decoder.context is not None:
        h = torch.randn(32, *decoder.context, dtype=dtype, generator=generator)
    decoder.initialise(x, h)
    decoder.eval()
    x, h = x[:b], None if h is None else h[:b]
    with torch.inference_mode():
        measured = grown(decoder, x, h)
        expected = decoder.parameters_of(x, h)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(measured, expected, rtol=tolerance, atol=tolerance)
