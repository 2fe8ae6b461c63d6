"""`python -m penchant`: the same as the command `penchant`."""

from .cli import app

app()
