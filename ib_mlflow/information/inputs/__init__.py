"""What estimators accept: samples, symbols, and the memory they take."""
