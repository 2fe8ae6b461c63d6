"""The programs that train the peers of bench/peers.py, one for each, and what is made of their curves."""
