"""Rate limits of the runtime, for programs that are to be tried against Amazon's. Each server counts by itself."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field

from ..asking.deployed import Deployed
from ..contract.errors import ThrottlingException
from ..house import House

OFF, AMAZON = "off", "amazon"
"""A third, provisioned, is what each customer asked for."""
OF_ACCOUNT, OF_CAMPAIGN = 2_500.0, 500.0
"""Requests a second: of an account and region together, and of one campaign for each operation (Amazon's quotas)."""
BURST_SECONDS = 1.0
"""What was not used of a limit can be used so much later."""


@dataclass
class Bucket:
    """A token bucket of so many requests a second."""

    rate: float
    tokens: float = field(init=False)
    moment: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.tokens = max(1.0, self.rate * BURST_SECONDS)

    def take(self, now: float) -> bool:
        self.tokens = min(max(1.0, self.rate * BURST_SECONDS), self.tokens + (now - self.moment) * self.rate)
        self.moment = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def throttle(house: House, operation: str, deployed: Deployed) -> None:
    """Raises ThrottlingException beyond a limit, where PENCHANT_THROTTLE sets any."""
    if house.throttle == OFF:
        return
    limits: list[tuple[Hashable, float]] = [((operation, deployed.arn), float(deployed.least))]
    if house.throttle == AMAZON:
        limits = [((operation, deployed.arn), OF_CAMPAIGN), (("account", house.place), OF_ACCOUNT)]
    now = time.monotonic()
    for key, rate in limits:
        bucket = house.buckets.get(key)
        if bucket is None or bucket.rate != rate:
            bucket = house.buckets[key] = Bucket(rate)
        if not bucket.take(now):
            raise ThrottlingException(
                f"More than {rate:g} requests a second of {operation} for {deployed.arn}; slow down and try again."
            )
