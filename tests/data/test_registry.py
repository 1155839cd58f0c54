import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.data import DATASETS, load
from ib_mlflow.errors import InvalidInputError

EVERY = [(name, part) for name, entry in DATASETS.items() for part in (entry.parts or (None,))]


@pytest.fixture(scope="module", params=EVERY, ids=lambda case: "-".join(filter(None, case)))
def dataset(request, load_real):
    return load_real(*request.param)


def test_arrays_have_the_promised_types_and_shapes(dataset):
    assert dataset.inputs.dtype == (np.float32 if dataset.levels is None else np.uint8)
    assert dataset.inputs.ndim in (2, 4)
    assert dataset.labels.dtype == np.int64
    assert dataset.labels.shape == (dataset.n,)
    assert set(dataset.labels.tolist()) == set(range(dataset.c))
    assert dataset.inputs.flags.c_contiguous


def test_features_span_0_to_1_or_are_the_real_inputs(dataset):
    first = slice(2000)
    part = replace(dataset, inputs=dataset.inputs[first], labels=dataset.labels[first])
    features = part.features()
    assert features.dtype == np.float32
    if dataset.levels is None:
        assert np.array_equal(features, part.inputs)
    else:
        assert (features.min(), features.max()) == (0, 1)


def test_entropies_obey_their_inequalities(dataset):
    assert 0 < dataset.information_xy <= dataset.label_entropy <= np.log(dataset.c) + 1e-12
    assert dataset.information_xy <= dataset.input_entropy <= np.log(dataset.n) + 1e-12


def test_it_says_what_it_is(dataset):
    assert dataset.name in DATASETS
    assert dataset.source
    assert len(dataset.digest) == 64


def test_training_is_the_default_part(real_data):
    assert load("mnist", root=real_data).source.startswith("train part")


@pytest.mark.parametrize("name", ["szt", "spiral", "digits"])
def test_built_in_datasets_are_the_same_each_time_and_need_no_root(name, bare_machine, tmp_path):
    assert load(name).digest == load(name, root=tmp_path).digest
    assert not bare_machine.exists()


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("mnits", "Did you mean mnist?"),
        ("fashion-mnist", "Did you mean fashion_mnist?"),
        ("cifar", "Did you mean cifar10?"),
        ("STZ", "Did you mean szt?"),
        ("faces", "Choose one of them."),
        ("", "Choose one of them."),
        (3, "Choose one of them."),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, fix):
    with pytest.raises(InvalidInputError) as error:
        load(name)
    assert repr(name) in str(error.value)
    assert str(error.value).endswith(fix)


@pytest.mark.parametrize(("name", "part"), [("mnist", "validation"), ("szt", "train")])
def test_an_unknown_part_is_refused(name, part):
    with pytest.raises(InvalidInputError, match=f"part.*received '{part}'"):
        load(name, part=part)


def test_importing_is_cheap():
    heavy = "{'sklearn', 'scipy', 'pooch', 'pandas', 'torch', 'mlflow'}"
    code = f"import sys, ib_mlflow.data; print(*({heavy} & set(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert loaded.stdout.split() == []
