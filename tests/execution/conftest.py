"""The functions of `computations` must have a name by which another process can import them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
