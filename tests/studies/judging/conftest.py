"""For the modules that tests of judges share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
