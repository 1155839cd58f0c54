"""What the layers of a deep network know about their input and their label while they learn."""

__version__ = "0.3.0"
