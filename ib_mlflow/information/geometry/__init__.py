"""How samples lie to one another: distances, neighbours, similarities."""
