"""Models that answer now. Nothing here imports torch, takes a lock or writes."""
