import numpy as np

from ib_mlflow.studies.configuration import TrainingConfiguration
from projects.planes.paper import BITS, entropy_table, load_task

CONFIGURATION = TrainingConfiguration(members=1, epochs=1)


def test_the_entropies_of_szt_are_those_of_table_1():
    task = load_task("szt", CONFIGURATION)
    assert task.measured is task.train_set
    np.testing.assert_allclose(
        np.array([task.guides.h_x, task.guides.i_xy]) / np.log(2), BITS["szt"], rtol=0, atol=1e-12
    )
    table = entropy_table([task, load_task("digits", CONFIGURATION)], CONFIGURATION)
    table = table.markdown("bits")
    szt, digits = table.split("\n")[2:]
    assert szt.endswith("| agrees |")
    assert digits.endswith("| – | not in the paper |")


def test_another_split_decides_nothing_of_table_1():
    """Which split is the paper's it does not say."""
    other = TrainingConfiguration(members=1, epochs=1, test_fraction=0.3)
    moved = [load_task("szt", other)]
    assert "| undecided: another split |" in entropy_table(moved, other).markdown()
    assert "| disagrees |" in entropy_table(moved, CONFIGURATION).markdown()


def test_a_smoke_test_says_nothing_of_agreement():
    smoke = TrainingConfiguration(members=1, epochs=1, scale="toy")
    table = entropy_table([load_task("szt", smoke)], smoke).markdown("bits")
    assert table.splitlines()[-1].endswith("| 0.997673429514 | 0.997673429514 |")
    assert "verdict" not in table
    assert "agrees" not in table
