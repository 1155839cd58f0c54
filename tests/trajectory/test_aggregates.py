import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ib_mlflow.trajectory import means_over_members, over_members
from ib_mlflow.trajectory.aggregates import numbered

values = st.one_of(st.just(np.nan), st.just(np.inf), st.floats(-1e6, 1e6))


@settings(max_examples=25)
@given(table=arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=values))
def test_it_is_what_numpy_says_of_the_finite_members(table):
    members, layers = table.shape
    rows = pd.DataFrame(
        {
            "member": np.repeat(np.arange(members), layers),
            "layer": np.tile(np.arange(layers), members),
            "reading": table.ravel(),
        }
    )
    summary = over_members(rows, by=["layer"], quantities=["reading"]).set_index("layer")
    for layer in range(layers):
        known = table[:, layer][np.isfinite(table[:, layer])]
        row = summary.loc[layer]
        assert row["members"] == members
        assert row["missing"] == members - known.size
        if known.size == 0:
            assert row[["mean", "std", "q05", "q95"]].isna().all()
            continue
        expected = [known.mean(), *np.quantile(known, [0.05, 0.95])]
        np.testing.assert_allclose(
            row[["mean", "q05", "q95"]].astype(float), expected, rtol=1e-9, atol=1e-9
        )
        if known.size == 1:
            assert np.isnan(row["std"])
        else:
            np.testing.assert_allclose(row["std"], known.std(ddof=1), rtol=1e-6, atol=1e-6)


def test_no_group_is_one_group():
    rows = pd.DataFrame({"loss": [1.0, 3.0], "accuracy": [0.5, 0.7]})
    summary = over_members(rows, by=[], quantities=["loss", "accuracy"]).set_index("quantity")
    assert summary.loc["loss", "mean"] == 2.0
    assert summary.loc["accuracy", "members"] == 2


def test_integers_and_missing_values_are_numbers():
    rows = pd.DataFrame({"epoch": pd.array([3, None, 5], dtype="Int64")})
    summary = over_members(rows, by=[], quantities=["epoch"])
    assert summary[["mean", "members", "missing"]].iloc[0].tolist() == [4.0, 3, 1]


def test_groups_are_numbered_and_averaged_as_pandas_does():
    random = np.random.default_rng(3)
    rows = pd.DataFrame(
        {
            "epoch": random.integers(-3, 3, 300),
            "setting": random.choice(np.array(["b", "a", "", "a b"], dtype=object), 300),
            "i_x": np.where(random.random(300) < 0.1, np.inf, random.normal(size=300)),
        }
    )
    by = ["setting", "epoch"]
    group, firsts = numbered(rows, by)
    np.testing.assert_array_equal(group, rows.groupby(by).ngroup())
    assert rows.index[firsts].tolist() == rows.drop_duplicates(by).sort_values(by).index.tolist()
    finite = rows.replace(np.inf, np.nan).groupby(by)["i_x"]
    means = means_over_members(rows, by=by, quantities=["i_x"])
    np.testing.assert_array_equal(means["mean"], finite.mean())
    np.testing.assert_array_equal(means["missing"], finite.size() - finite.count())
    assert means["missing"].sum() > 0
