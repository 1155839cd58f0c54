"""`python -m ib_mlflow NAME --parameter value` is `ib-mlflow NAME --parameter value`."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    # Installed, the studies lie below the library; in a checkout beside it, and are nobody else's.
    below = (HERE / "projects").is_dir()
    if not below:
        sys.path.insert(0, str(HERE.parent))
    runpy.run_module("ib_mlflow.projects" if below else "projects", run_name="__main__")
