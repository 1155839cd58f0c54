"""Networks of images whose layers are inverted."""
