"""Trains eSASRec, which is the SASRec of RecTools with the layers of LiGR, for bench/peers.py."""

from rectools_sasrec import main

if __name__ == "__main__":
    main(ligr=True)
