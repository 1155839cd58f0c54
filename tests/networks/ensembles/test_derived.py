import threading

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import stack

ROWS = torch.rand(9, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def network(first):
    return nn.Sequential(first, nn.Tanh(), nn.Linear(4, 2)).double()


def pruned():
    return network(prune.random_unstructured(nn.Linear(6, 4), "weight", 0.5))


def pruned_twice():
    first = prune.l1_unstructured(nn.Linear(6, 4), "weight", 0.3)
    return network(prune.l1_unstructured(first, "weight", 0.5))


@pytest.mark.filterwarnings("ignore::FutureWarning")
def weight_normed():
    return network(nn.utils.weight_norm(nn.Linear(6, 4)))


@pytest.mark.filterwarnings("ignore::FutureWarning")
def spectrally_normed():
    return network(nn.utils.spectral_norm(nn.Linear(6, 4)))


FACTORIES = [pruned, pruned_twice, weight_normed, spectrally_normed]


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*spectral_norm.*:FutureWarning")
@pytest.mark.parametrize("factory", FACTORIES)
def test_derived_weights_are_those_of_each_member(factory):
    ensemble = stack(factory, seeds=(3, 4), layers=["1"], device="cpu")
    expected = []
    for seed in (3, 4):
        torch.manual_seed(seed)
        with torch.no_grad():
            expected.append(factory().eval()(ROWS).numpy())
    np.testing.assert_allclose(ensemble.logits(ROWS), expected, rtol=0, atol=1e-12)
    module = ensemble.module()
    assert not any(part._forward_pre_hooks for part in module.modules())
    exported = torch.export.export(module, (ROWS,)).module()
    np.testing.assert_allclose(exported(ROWS).detach(), expected, rtol=0, atol=1e-12)


def test_lazy_parameters_are_named():
    with pytest.raises(InvalidInputError, match=r"lazy 0\.weight, 0\.bias.*in the factory"):
        stack(lambda: network(nn.LazyLinear(4)), seeds=(0,), layers=[])

    def ready():
        lazy = network(nn.LazyLinear(4))
        lazy.eval()(torch.zeros(2, 6).double())
        return lazy

    assert stack(ready, seeds=(0, 1), layers=[], device="cpu").logits(ROWS).shape == (2, 9, 2)


@pytest.mark.filterwarnings(r"ignore:`torch\.jit:DeprecationWarning")
def test_wrappers_are_refused_by_name():
    with pytest.raises(InvalidInputError, match=r"DataParallel as the network.*its \.module"):
        stack(lambda: nn.DataParallel(network(nn.Linear(6, 4))), seeds=(0,), layers=[])
    with pytest.raises(InvalidInputError, match=r"DataParallel in '0'"):
        stack(lambda: network(nn.DataParallel(nn.Linear(6, 4))), seeds=(0,), layers=[])
    with pytest.raises(InvalidInputError, match=r"OptimizedModule as the network.*torch\.compile"):
        stack(lambda: torch.compile(network(nn.Linear(6, 4))), seeds=(0,), layers=[])
    with pytest.raises(InvalidInputError, match=r"ScriptModule in '0'.*before torch\.jit"):
        stack(lambda: network(torch.jit.script(nn.Linear(6, 4))), seeds=(0,), layers=[])


def test_what_was_computed_from_parameters_is_named():
    def computing():
        computed = network(nn.Linear(6, 4))
        computed[0].twice = 2 * computed[0].weight
        return computed

    with pytest.raises(InvalidInputError, match=r"0\.twice, a tensor.*Compute it in forward"):
        stack(computing, seeds=(0,), layers=[])


def test_what_cannot_be_copied_is_refused():
    def locked():
        made = network(nn.Linear(6, 4))
        made.lock = threading.Lock()
        return made

    with pytest.raises(InvalidInputError, match=r"deepcopy copies; received Sequential: TypeError"):
        stack(locked, seeds=(0,), layers=[])


def test_views_of_parameters_in_a_list_are_told_to_be_computed_in_forward():
    def viewing():
        made = network(nn.Linear(6, 4))
        made[0].views = [made[0].weight.t()]
        return made

    with pytest.raises(InvalidInputError, match=r"graph leaves.*Compute in forward what is") as of:
        stack(viewing, seeds=(0,), layers=[])
    assert "closure" not in str(of.value)  # it would keep the network that the factory built


def test_a_factory_makes_a_module():
    with pytest.raises(InvalidInputError, match=r"torch\.nn\.Module; received a type"):
        stack(lambda: nn.Tanh, seeds=(0,), layers=[])
