"""What is read from the checkpoints of a trained ensemble."""
