"""How the learning rate changes over a training."""

import math

WARM_UP = 0.1


def share_of_rate(done: float) -> float:
    """Share of the learning rate after a fraction of the steps: linear warm-up, then a cosine down to one percent."""
    if done < WARM_UP:
        return max(0.01, done / WARM_UP)
    return max(0.01, 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP))))
