"""A fit whose updates take their time; by itself a process that fits it in a run, to be killed."""

import sys
import time

import numpy as np
from torch import nn

from ib_mlflow.studies.running.fits import run_fit
from ib_mlflow.tracking import lease, open_study
from ib_mlflow.training.fitting import Plan, fit, keeping

EVERY, BEAT = 0.2, 0.2
"""Seconds after which a training is kept, and says that it lives."""


class SlowFit:
    """A line that is fitted slowly, and evaluated at its ends alone."""

    name, loss_unit = "slow", "mse"
    parameters, identity = {}, {"slow": True}
    plan = Plan(updates=30, batch_size=4, evaluate=30)

    def __init__(self, look=lambda: None, pace=0.3):
        self.look, self.pace, self.updates = look, pace, 0

    def network(self):
        line = nn.Linear(1, 1)
        nn.init.zeros_(line.weight)
        nn.init.zeros_(line.bias)
        return line

    def fits(self, network, resume):
        x = np.linspace(-1, 1, 16, dtype=np.float32)[:, None]

        def squared(model, x, y):
            if model.training:
                self.updates += 1
                self.look()
                time.sleep(self.pace)
            return (model(x) - y).square().sum(dim=1)

        arrays = (x, 2 * x)
        return fit(
            network, squared, arrays, validation=arrays, plan=self.plan, seed=0, resume=resume
        )

    def measure(self, network):
        return {"weight": network.weight.detach().numpy()}


if __name__ == "__main__":
    keeping.EVERY_SECONDS, lease.BEAT_SECONDS = EVERY, BEAT
    stuck_at = int(sys.argv[1])

    def look():
        if job.updates == stuck_at:
            print("stuck", flush=True)
            time.sleep(3600)

    job = SlowFit(look, pace=0.05)
    with open_study("alive", {}) as study:
        run_fit(study, job)
