"""The names of resources. The region is the caller's signing region, the account comes from the access key."""

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where a resource lives: lists, names and ARNs are per account and region."""

    account: str
    region: str

    def arn(self, kind: str, path: str) -> str:
        return f"arn:aws:personalize:{self.region}:{self.account}:{kind}/{path}"


def place_of(arn: str) -> Place:
    """The place an ARN names. `arn:aws:personalize:REGION:ACCOUNT:kind/path`"""
    _, _, _, region, account, _ = arn.split(":", 5)
    return Place(account, region)


def service_arn(kind: str, name: str) -> str:
    """Recipes, algorithms and feature transformations belong to the service: no region, no account."""
    return f"arn:aws:personalize:::{kind}/{name}"


def last_part(arn: str) -> str:
    return arn.rpartition("/")[2]


def datasets_of(group_arn: str) -> str:
    """What the ARNs of a dataset group's datasets begin with."""
    return group_arn.replace(":dataset-group/", ":dataset/") + "/"
