"""`python -m penchant.attempt JOB_ID ATTEMPT`: the child process of a worker. Its settings are in its environment."""

import os
import sys

from .main import run_attempt
from .settings import Settings

if __name__ == "__main__":
    run_attempt(Settings(), sys.argv[1], int(sys.argv[2]))
    os._exit(0)  # everything is told and on disk; the thread that watches the parent would keep the process alive
