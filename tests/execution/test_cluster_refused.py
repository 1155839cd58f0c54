"""Addresses and workers that the executor of a Dask cluster refuses."""

from pathlib import Path

import pytest
from clusters import dask_cluster, kill, wait_for

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.execution import DaskExecutor


def test_bad_addresses_and_numbers() -> None:
    for address in ("127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://", "tcp://host", ""):
        with pytest.raises(ConfigurationError, match=r"a cluster is the address of a Dask"):
            DaskExecutor(address)
    with pytest.raises(ConfigurationError, match="retries must be"):
        DaskExecutor("tcp://127.0.0.1:9", retries=-1)


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ib_mlflow.execution.scheduler.CONNECT_SECONDS", 1.0)
    with pytest.raises(
        ConfigurationError, match=r"must answer.*tcp://127\.0\.0\.1:9: .*dask sch"
    ) as error:
        DaskExecutor("tcp://127.0.0.1:9")
    assert str(error.value).count("127.0.0.1:9") == 1


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "ib_mlflow").mkdir(parents=True)
    (other / "ib_mlflow" / "__init__.py").write_text('__version__ = "0.0.1"\n')
    with dask_cluster(tmp_path) as cluster:
        cluster.add("--preload", "import sys; sys.path.insert(0, '" + str(other) + "')")
        cluster.wait()
        with pytest.raises(ConfigurationError, match=r"must have ib_mlflow .*ib_mlflow 0\.0\.1 on"):
            DaskExecutor(cluster.address)
        (other / "ib_mlflow" / "__init__.py").write_text("")
        kill(cluster.workers.pop())
        wait_for(lambda: not cluster.info())
        cluster.add("--preload", "import sys; sys.path.insert(0, '" + str(other) + "')")
        cluster.wait()
        with pytest.raises(ConfigurationError, match=r"must have ib_mlflow .*received none on"):
            DaskExecutor(cluster.address)
