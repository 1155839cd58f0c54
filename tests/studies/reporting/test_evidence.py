import pandas as pd

from ib_mlflow.studies.reporting.evidence import Evidence, trajectory_table


def test_all_rows_stand_behind_the_name_of_their_run(curves_of):
    planes = {"one": curves_of([[[1.0]] * 4]), "two": curves_of([[[2.0]] * 4, [[3.0]] * 4])}
    table = trajectory_table(planes)
    assert table.columns[0] == "run"
    for name, plane in planes.items():
        own = table[table["run"] == name].drop(columns="run").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, plane.frame.reset_index(drop=True))


def test_a_study_without_networks_has_a_summary_and_no_planes():
    evidence = Evidence("Four numbers were computed", over="draws")
    assert not evidence.planes
    assert not evidence.tables
    assert evidence.closing == ""
