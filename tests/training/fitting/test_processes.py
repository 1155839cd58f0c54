import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from together import main

from ib_mlflow.training.fitting import joined, processes, rank

HERE = Path(__file__).parent


def test_alone_there_is_one_process(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with joined("cpu") as device:
        assert (device.type, rank(), processes()) == ("cpu", 0, 1)


@pytest.mark.slow
def test_two_processes_find_what_one_finds(tmp_path):
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    main(str(alone))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    ran = subprocess.run(
        [*launch, str(HERE / "together.py"), str(together)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    single = torch.load(alone / "0.pt", weights_only=True)
    pair = [torch.load(together / f"{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert [single["count"], *(each["count"] for each in pair)] == [1, 2, 2]
    for each in pair:
        for part in ("weights", "average", "best"):
            for name, tensor in single[part].items():
                # Half a gradient here and half there add up to the same bits.
                assert torch.equal(tensor, each[part][name]), name
        assert each["val_loss"] == single["val_loss"]
        assert each["train_loss"] == pytest.approx(single["train_loss"], rel=1e-6)
