import pytest

from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.naming import LENGTH, title_of
from projects.planes.bin_sweep import Configuration as BinSweep
from projects.planes.main import Configuration as Main


@pytest.mark.parametrize(
    ("model", "words", "title"),
    [
        (Main, "--scale toy", "name · toy · szt"),
        (Main, "--scale toy --activation relu", "name · toy · szt · relu"),
        (
            Main,
            "--scale quick --bin_size 0.3 --seed 4",
            "name · quick · szt · seed 4 · bin_size 0.3",
        ),
        (Main, "--scale toy --unit bits --device cpu", "name · toy · szt · bits"),
        (BinSweep, "--scale toy --bin_sizes 0.1,0.2", "name · toy · szt · bin_sizes 0.1,0.2"),
    ],
)
def test_a_run_is_called_by_scale_task_and_what_differs(model, words, title):
    assert title_of("name", model.parse(words.split())) == title


def test_a_long_name_is_cut():
    sizes = ",".join(str(0.01 * k) for k in range(1, 60))
    title = title_of("name", BinSweep.parse(["--bin_sizes", sizes]))
    assert len(title) == LENGTH
    assert title.endswith("…")


def test_what_changes_no_number_is_not_named():
    assert title_of("name", StudyConfiguration(scale="toy", workers=4)) == "name · toy"
