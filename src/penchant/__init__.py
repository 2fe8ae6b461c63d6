"""Penchant: Amazon Personalize that anyone can run. Start at `cli` (commands) or `main` (how the house is put together)."""

__version__ = "0.1.0"
