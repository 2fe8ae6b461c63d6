"""What bench/quality.py measures: data, protocols, baselines, and the rows that name them."""
