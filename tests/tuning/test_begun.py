import pytest

from ib_mlflow.errors import StorageError
from ib_mlflow.tuning import Objectives, Space, open_optuna_study
from ib_mlflow.tuning.begun import check_begun, first_begun, looked_into

SPACE, LOSS = Space.parse("x=0..1.0"), Objectives.parse("loss:min")


def test_of_several_searches_that_which_was_begun_first_is_found(storage_uri):
    with looked_into(storage_uri) as storage:
        assert first_begun(storage, ["by gp", "by tpe"]) is None
        open_optuna_study(storage, "by tpe", SPACE, LOSS)
        open_optuna_study(storage, "by gp", SPACE, LOSS)
    with looked_into(storage_uri) as storage:
        assert first_begun(storage, ["by gp", "by tpe"]) == "by tpe"
        assert first_begun(storage, ["by gp", "another"]) == "by gp"


def test_another_search_of_the_name_is_refused_and_none_is_made(storage_uri):
    with looked_into(storage_uri) as storage:
        check_begun(storage, "s", SPACE, LOSS, {"study": "main"})
        assert first_begun(storage, ["s"]) is None
        open_optuna_study(storage, "s", SPACE, LOSS, {"study": "main"})
        check_begun(storage, "s", SPACE, LOSS, {"study": "main"})
        with pytest.raises(StorageError, match="study is depth here and main there"):
            check_begun(storage, "s", SPACE, LOSS, {"study": "depth"})
        with pytest.raises(StorageError, match=r"x is 0\.0\.\.2\.0 here"):
            check_begun(storage, "s", Space.parse("x=0..2.0"), LOSS, {"study": "main"})
