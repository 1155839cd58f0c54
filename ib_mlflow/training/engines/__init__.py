"""How an ensemble takes its steps: compiled, vectorised, or member by member."""
