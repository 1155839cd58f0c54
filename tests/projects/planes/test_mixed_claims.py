"""Claims about mixed activations on curves whose answer is known."""

from types import SimpleNamespace

import pytest

from projects.planes.mixed_activations import STUDY


@pytest.fixture
def verdicts(plane):
    """Judges networks that lose so much behind the change of activation."""

    def build(task, reverse=False, **lost):
        spec = SimpleNamespace(task=SimpleNamespace(name=task))
        losses = {"tanh": 3.0, "relu": 0.0, "tanh-relu": 1.0, **lost}
        groups = [
            SimpleNamespace(
                trained=SimpleNamespace(spec=spec),
                group=SimpleNamespace(parameters={"network": name}),
                plane=lambda loss=loss: plane(*[[1, 5, 5, 5 - loss]] * 6),
            )
            for name, loss in losses.items()
        ]
        readings = SimpleNamespace(groups=groups[::-1] if reverse else groups)
        return {
            (finding.claim, finding.where): finding.verdict
            for claim in STUDY.claims
            for finding in claim.findings(readings)
        }

    return build


def of(verdicts, words):
    (verdict,) = [verdict for (claim, _), verdict in verdicts.items() if words in claim]
    return verdict


CALMED = "szt, tanh behind ReLU: "


def test_an_effect_that_is_always_there_is_not_said_to_be_absent_with_some_seeds(verdicts):
    always = verdicts("szt", **{"relu-tanh": 0.5})
    assert of(always, CALMED + "the effect is there with most seeds") == "agrees"
    assert of(always, CALMED + "with some seeds it is not") == "undecided"
    never = verdicts("szt", **{"relu-tanh": 3.0})
    assert of(never, CALMED + "the effect is there with most seeds") == "disagrees"
    assert of(never, CALMED + "with some seeds it is not") == "agrees"


@pytest.mark.parametrize(("lost", "verdict"), [(3.0, "agrees"), (0.5, "disagrees")])
def test_mnist_has_claims_of_its_own(verdicts, lost, verdict):
    of_mnist = verdicts("mnist", **{"relu-tanh": lost})
    assert len(of_mnist) == 2
    assert of(of_mnist, "mnist: ReLU layers in front have no noticeable influence") == verdict
    assert of(of_mnist, "mnist: tanh layers in front still influence") == "agrees"
    assert {where for _, where in of_mnist} == {"App. D; Fig. 12a", "App. D; Fig. 12b"}


def test_the_order_of_the_networks_does_not_matter(verdicts):
    lost = {"relu-tanh": 0.5}
    assert verdicts("szt", **lost) == verdicts("szt", reverse=True, **lost)
