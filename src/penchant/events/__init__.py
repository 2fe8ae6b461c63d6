"""The journal: streamed records that were accepted, in the order of their commits."""
