import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn.naming import HEADS, named_head


@pytest.mark.parametrize(
    ("name", "sizes"), [("logistic", (6, 20)), ("softmax", (256, 768)), ("bernoulli", (1, 3))]
)
def test_every_name_makes_its_head(name, sizes):
    assert name in HEADS
    assert tuple(named_head(name, channels, mixtures=2).size for channels in (1, 3)) == sizes


def test_the_names_are_said():
    with pytest.raises(InvalidInputError, match="Use one of logistic, softmax, bernoulli"):
        named_head("gaussian", 1, mixtures=2)
