"""Sealed models: arrays and a manifest, written once, never changed, opened as memory maps."""
