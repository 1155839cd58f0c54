"""Make the tracking store ready: `python -m ib_mlflow.tracking`.

`mlflow run` opens the store before the study that it starts does, and fails when several meet an
empty one at once. This command, run before it, takes the lock and makes the tables.
"""

from ib_mlflow.tracking.store import ensure_store

if __name__ == "__main__":
    ensure_store()
