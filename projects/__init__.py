"""The studies: one module each, run by `mlflow run . -e NAME`."""
