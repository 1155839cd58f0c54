"""From numbers of networks to intervals and verdicts."""
