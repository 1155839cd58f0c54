"""What stands beside the tests has a name by which they and other processes can import it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
