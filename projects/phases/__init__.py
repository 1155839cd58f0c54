"""Opening the Black Box of deep networks, and its critics."""
