"""What estimators accept: samples and symbols."""
