"""A Dask cluster that speaks TLS, with a certificate that the test makes."""

import subprocess
from pathlib import Path

import computations
import dask
import pytest
from clusters import dask_cluster

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.execution import DaskExecutor


@pytest.mark.slow
def test_a_cluster_with_certificates(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = [
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        "-days",
        "2",
        "-subj",
        "/CN=a",
    ]
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *words], capture_output=True, check=False
    )
    assert made.returncode == 0, made.stderr
    settings = {"distributed.comm.tls.ca-file": str(certificate)}
    for role in ("client", "scheduler", "worker"):
        settings |= {f"distributed.comm.tls.{role}.key": str(key)}
        settings |= {f"distributed.comm.tls.{role}.cert": str(certificate)}
    names = {
        f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": value
        for name, value in settings.items()
    }
    (tmp_path / "dask").mkdir()
    with pytest.MonkeyPatch.context() as patch, dask.config.set(settings):
        for name, value in names.items():
            patch.setenv(name, value)
        with dask_cluster(tmp_path / "dask", workers=1, protocol="tls") as cluster:
            assert cluster.address.startswith("tls://")
            with DaskExecutor(cluster.address) as executor:
                assert list(executor.map(computations.square, [3, 4])) == [9, 16]
            with (
                dask.config.set({"distributed.comm.tls.ca-file": None}),
                pytest.raises(ConfigurationError, match=r"must answer.*tls://.*ca-file"),
            ):
                DaskExecutor(cluster.address)
