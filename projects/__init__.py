"""The studies: one module each, run by `mlflow run . --env-manager local -e NAME`."""
