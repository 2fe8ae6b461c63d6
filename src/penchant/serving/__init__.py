"""Models that answer now. Nothing here imports torch; only the memory of what was shown takes a lock or writes."""
