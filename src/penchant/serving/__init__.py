"""Models that answer now, and the newest data they are asked with. Nothing here imports torch."""
