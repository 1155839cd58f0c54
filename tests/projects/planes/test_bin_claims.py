"""Claims about bin sizes on curves whose answer is known."""

from types import SimpleNamespace

import pytest

from projects.planes.bin_claims import BinSweep, Swept
from projects.planes.bin_sweep import STUDY

DRIFTS = STUDY.claims[:3]


@pytest.fixture
def swept(plane):
    """An ensemble that drifts towards the corner as bins shrink, and its output not."""

    def build(activation, task="szt", sizes=(0.01, 0.3)):
        planes = {
            0.01: plane([1, 2, 7, 7.9], [1, 2, 7, 7.9], [1, 1, 1, 1], bin_size=0.01),
            0.3: plane([1, 2, 7, 7.8], [1, 2, 5, 4], [1, 1, 1, 1], bin_size=0.3),
        }
        groups = [
            SimpleNamespace(
                group=SimpleNamespace(parameters={"bin_size": size}),
                plane=lambda size=size: planes[size],
            )
            for size in sizes
        ]
        spec = SimpleNamespace(activations=(activation,) * 2, task=SimpleNamespace(name=task))
        trained = SimpleNamespace(name=f"{task} {activation}", groups=groups, spec=spec)
        return Swept(trained, cells=None, histograms=None)

    return build


def findings(*swept):
    readings = BinSweep(ensembles=None, swept=swept)
    return [finding for claim in DRIFTS for finding in claim.findings(readings)]


@pytest.mark.parametrize("sizes", [(0.01, 0.3), (0.3, 0.01)])
def test_what_the_paper_says_of_tanh_networks_is_not_judged_of_others(swept, sizes):
    assert [finding.verdict for finding in findings(swept("tanh", sizes=sizes))] == ["agrees"] * 3
    (drift,) = findings(swept("relu", sizes=sizes))
    assert drift.verdict == "agrees"


def test_each_task_has_its_own_place_in_the_paper(swept):
    of_mnist = findings(swept("tanh", "mnist"))
    assert len(of_mnist) == 3
    assert all("App. D" in finding.where for finding in of_mnist)
    assert not any("App. D" in finding.where for finding in findings(swept("tanh")))


def test_one_size_is_no_sweep(swept):
    assert findings(swept("tanh", sizes=(0.3,))) == []
