import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ib_mlflow.errors import DataError
from ib_mlflow.trajectory import Guides, Trajectory

GUIDES = Guides(0.1 + 0.2, 1 / 3, 0.2)


def bits(frame: pd.DataFrame) -> dict[str, object]:
    return {
        name: column.to_numpy().tobytes() if column.dtype != object else column.tolist()
        for name, column in frame.items()
    }


@settings(max_examples=25)
@given(
    values=arrays(
        np.float64, (2, 2, 2, 2), elements=st.floats(allow_infinity=False, allow_nan=True)
    )
)
def test_every_bit_of_every_float_survives(values, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "bits.parquet"
    before = Trajectory.from_arrays(
        values[0], values[1], epochs=[0, 3], n=5, guides=GUIDES, estimator="e", setting="ß=½"
    )
    before.save(path)
    after = Trajectory.load(path)
    assert bits(after.frame) == bits(before.frame)
    assert after.guides == before.guides


@pytest.fixture
def saved(curves, tmp_path):
    path = tmp_path / "trajectory.parquet"
    curves(np.random.default_rng(0).random((3, 50, 4)), epochs=range(50)).save(path)
    return path


def test_the_file_says_its_unit_version_and_guides(saved):
    metadata = pq.read_schema(saved).metadata
    assert metadata[b"ib_mlflow.unit"] == b'"nats"'
    assert metadata[b"ib_mlflow.schema"] == b'"1"'
    assert b'"h_x"' in metadata[b"ib_mlflow.guides"]


def test_any_reader_of_parquet_can_read_it(saved):
    assert {"member", "epoch", "layer", "estimator", "i_x", "i_y"} <= set(pd.read_parquet(saved))


@pytest.mark.parametrize("kept", [0, 3, 100, 0.5, 0.99, -1])
def test_a_truncated_file_is_a_data_error(saved, kept):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(DataError, match="readable parquet"):
        Trajectory.load(saved)


def test_one_flipped_bit_is_a_data_error(saved):
    whole = bytearray(saved.read_bytes())
    whole[2000] ^= 1
    saved.write_bytes(whole)
    with pytest.raises(DataError):
        Trajectory.load(saved)


def test_foreign_files_are_data_errors(tmp_path):
    path = tmp_path / "other.parquet"
    with pytest.raises(DataError):
        Trajectory.load(path)
    path.write_text("member,epoch\n0,0\n")
    with pytest.raises(DataError):
        Trajectory.load(path)
    pd.DataFrame({"member": [0]}).to_parquet(path)
    with pytest.raises(DataError, match="schema version"):
        Trajectory.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("schema", b'"2"'), ("unit", b'"bits"'), ("unit", b"nats"), ("guides", b'{"h_x": 1}')],
)
def test_another_version_unit_or_guides_are_data_errors(saved, key, value):
    table = pq.read_table(saved)
    metadata = {**table.schema.metadata, f"ib_mlflow.{key}".encode(): value}
    pq.write_table(table.replace_schema_metadata(metadata), saved)
    with pytest.raises(DataError):
        Trajectory.load(saved)


def test_a_failed_write_leaves_the_old_file(saved, curves, monkeypatch):
    old = saved.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(OSError, match="no space"):
        curves([[[1.0]]], epochs=[0]).save(saved)
    assert saved.read_bytes() == old
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_the_stored_types_are_the_tables(saved):
    schema = pq.read_schema(saved)
    assert schema.field("i_x").type == pa.float64()
    assert schema.field("member").type == pa.int64()
    assert schema.field("setting").type == pa.string()
