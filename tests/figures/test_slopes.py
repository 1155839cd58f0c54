import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import unit_slopes


@pytest.fixture
def slopes():
    rng = np.random.default_rng(0)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "setting": name,
                    "slope": rng.normal(-0.002, 0.001, 40),
                    "standard_error": 0.0004,
                }
            )
            for name in ("bin size 0.1", "bin size 0.001")
        ]
    )


@pytest.mark.parametrize(("unit", "scale"), [("nats", 1.0), ("bits", 1 / np.log(2))])
def test_every_unit_is_a_point_in_ascending_order(slopes, unit, scale):
    panels = unit_slopes(slopes, unit=unit).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["bin size 0.1", "bin size 0.001"]
    assert f"[{unit} per epoch]" in panels[0].get_ylabel()
    for axes, (_, own) in zip(panels, slopes.groupby("setting", sort=False), strict=True):
        heights = np.concatenate([line.get_ydata() for line in axes.lines[1:]])
        expected = np.sort(own["slope"]) * scale
        np.testing.assert_allclose(heights, expected)
        falls = axes.lines[1].get_ydata()
        assert (falls < 0).all()
        assert axes.texts[0].get_text().endswith(f"{100 * (expected < 0).mean():.0f} % fall")
        bars = np.array([path.vertices[:, 1] for path in axes.collections[0].get_paths()])
        np.testing.assert_allclose(bars[:, 1] - bars[:, 0], 4 * 0.0004 * scale)


def test_one_unit_has_no_spread(slopes):
    [axes] = unit_slopes(slopes.iloc[:1]).axes
    assert "std unknown" in axes.texts[0].get_text()


def test_what_is_no_slope_is_refused(slopes):
    for wrong in (
        slopes.drop(columns="slope"),
        slopes.iloc[:0],
        slopes.assign(slope=np.nan),
        slopes.assign(standard_error=np.inf),
    ):
        with pytest.raises(InvalidInputError, match="finite rows with the columns"):
            unit_slopes(wrong)
    with pytest.raises(InvalidInputError, match="nats or bits"):
        unit_slopes(slopes, unit="bytes")
