"""The programs of bench/ are no package: what is tested of them is found as they find it."""

import sys
from pathlib import Path

BENCH = Path(__file__).parent.parent.parent / "bench"
sys.path.insert(0, str(BENCH))
