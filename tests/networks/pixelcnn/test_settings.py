import math
from dataclasses import FrozenInstanceError, asdict

import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import PixelCNN


def test_settings_make_the_decoder_again(tmp_path):
    decoder = PixelCNN((1, 8, 8), head="softmax", filters=4, blocks=2, context=(2, 4, 4), seed=9)
    torch.save(
        {"settings": asdict(decoder.settings), "state": decoder.state_dict()}, tmp_path / "saved.pt"
    )
    saved = torch.load(tmp_path / "saved.pt", weights_only=True)
    again = PixelCNN(**saved["settings"])
    again.load_state_dict(saved["state"])
    x, h = torch.arange(128).view(2, 1, 8, 8).byte(), torch.ones(2, 2, 4, 4)
    assert torch.equal(decoder.eval().log_prob(x, h), again.eval().log_prob(x, h))


def test_settings_stay_as_they_are():
    decoder = PixelCNN((1, 8, 8), filters=4, blocks=1)
    with pytest.raises(FrozenInstanceError):
        decoder.settings.filters = 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": (1, 28, 14)}, r"halve 2 times for 3 levels; received 28 × 14\. Use at most 2"),
        ({"shape": (1, 7, 7)}, r"Use at most 1 level, or pad the images to 8 × 8"),
        ({"shape": (2, 8, 8)}, "1 or 3 channels"),
        ({"shape": (8, 8)}, "1 or 3 channels"),
        ({"shape": 28}, "1 or 3 channels"),
        ({"head": "gaussian"}, "logistic, softmax, bernoulli"),
        ({"mixtures": 0}, "mixtures must be"),
        ({"blocks": 0}, "blocks must be"),
        ({"filters": 2.5}, "filters must be"),
        ({"levels": 0}, "levels must be"),
        ({"dropout": 1.0}, "dropout must lie"),
        ({"context_dropout": math.nan}, "context_dropout must lie"),
        ({"context": (3, 4)}, "context must be"),
        ({"context": 0}, "side of the context"),
        ({"conditioning": "film"}, "resize, convolution"),
        ({"context": (3, 6, 6), "conditioning": "convolution"}, "one power of two"),
        ({"context": (3, 4, 8), "conditioning": "convolution"}, "one power of two"),
        ({"seed": -1}, "seeds must be"),
    ],
)
def test_refused_settings(change, message):
    with pytest.raises(InvalidInputError, match=message):
        PixelCNN(**{"shape": (1, 8, 8), "filters": 4, "blocks": 1, **change})
