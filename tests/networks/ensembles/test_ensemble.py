"""What every ensemble keeps, however it is computed; the truth is single networks in torch."""

import io

import numpy as np
import pytest
import torch

from ib_mlflow.errors import CheckpointError, InvalidInputError


def tensors(case):
    return torch.tensor(case.inputs, dtype=case.ensemble.dtype)


def test_logits_are_those_of_the_single_networks(case):
    with torch.no_grad():
        expected = torch.stack([network(tensors(case)) for network in case.networks])
    logits = case.ensemble.logits(case.inputs)
    assert logits.dtype == expected.numpy().dtype
    tolerance = 1e-13 if logits.dtype == np.float64 else 2e-6
    np.testing.assert_allclose(logits, expected, rtol=0, atol=tolerance)


def test_layers_come_in_order_with_the_softmax_last(case):
    layers = dict(case.ensemble.activations(case.inputs))
    assert list(layers) == list(range(1, len(case.ensemble.layer_names) + 1))
    with torch.no_grad():
        first = torch.stack([part(tensors(case)).flatten(1) for part in case.measured])
    np.testing.assert_allclose(layers[1], first, rtol=0, atol=2e-6)
    logits = torch.from_numpy(case.ensemble.logits(case.inputs))
    np.testing.assert_allclose(layers[len(layers)], logits.softmax(2), rtol=0, atol=2e-6)


def test_states_go_round(case):
    state = case.ensemble.state()
    other = case.ensemble.copy()
    with torch.no_grad():
        for tensor in (*other.parameters.values(), *other.buffers.values()):
            tensor.zero_()
    assert not np.array_equal(other.logits(case.inputs), case.ensemble.logits(case.inputs))
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    other.load_state(torch.load(file, weights_only=True))
    assert np.array_equal(other.logits(case.inputs), case.ensemble.logits(case.inputs))


def test_a_state_shares_nothing_with_its_ensemble(case):
    before = case.ensemble.logits(case.inputs)
    for tensor in case.ensemble.state().values():
        tensor.zero_()
    assert np.array_equal(before, case.ensemble.logits(case.inputs))


def test_a_foreign_state_is_refused(case):
    state = case.ensemble.state()
    name = next(iter(state))
    with pytest.raises(CheckpointError, match="the state must consist of"):
        case.ensemble.load_state({key: value for key, value in state.items() if key != name})
    with pytest.raises(CheckpointError, match="the state must consist of"):
        case.ensemble.load_state({**state, name: state[name][:2]})


def test_the_module_survives_export_with_any_number_of_rows(case):
    inputs = tensors(case)
    exported = torch.export.export(
        case.ensemble.module(),
        (inputs[:4],),
        dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
    )
    file = io.BytesIO()
    torch.export.save(exported, file)
    file.seek(0)
    loaded = torch.export.load(file).module()
    for n in (1, 9):
        with torch.no_grad():
            logits = loaded(inputs[:n])
        np.testing.assert_allclose(logits, case.ensemble.logits(case.inputs[:n]), rtol=0, atol=2e-6)


def test_the_module_stays_as_it_was(case):
    module = case.ensemble.module()
    before = module(tensors(case)).detach()
    with torch.no_grad():
        for tensor in case.ensemble.parameters.values():
            tensor.zero_()
    assert torch.equal(before, module(tensors(case)))


def test_read_only_inputs_of_any_number_type_are_taken(case):
    inputs = (case.inputs > 0.5).astype(np.uint8)
    inputs.flags.writeable = False
    floats = inputs.astype(np.float64)
    assert np.array_equal(case.ensemble.logits(inputs), case.ensemble.logits(floats))


@pytest.mark.parametrize("spoil", [np.nan, np.inf])
def test_inputs_must_be_finite(case, spoil):
    inputs = case.inputs.copy()
    inputs[3] = spoil
    with pytest.raises(InvalidInputError, match="inputs must be finite"):
        case.ensemble.logits(inputs)


def test_inputs_must_be_rows_of_numbers(case):
    for wrong in (case.inputs[:0], np.zeros(6), np.full((2, 6), "a")):
        with pytest.raises(InvalidInputError, match="inputs must be an array of numbers"):
            list(case.ensemble.activations(wrong))
