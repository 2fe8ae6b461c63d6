"""Penchant: Amazon Personalize that anyone can run. Start reading at `main`."""

__version__ = "0.1.0"
