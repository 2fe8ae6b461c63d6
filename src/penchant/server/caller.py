"""Who is asking, and in which region: read from the request's SigV4 credential scope.

While an installation has no keys, any credential is taken as one account, and the server listens on loopback only (see
`main`). Signatures are not verified yet: where keys exist, `identify` is the place that must hold the signature against
the secret of `access_key` before it answers.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from ..contract.arns import Place
from ..contract.errors import AccessDeniedException

SCOPE = re.compile(
    r"Credential=(?P<key>[^/,\s]{1,128})/\d{8}/(?P<region>[a-z0-9-]{1,32})/(?P<service>[a-z0-9-]+)/aws4_request"
)
SIGNING_NAME = "personalize"


class Headers(Protocol):
    def get(self, name: str, /) -> str | None: ...


@dataclass(frozen=True)
class Identity:
    """The callers of an installation without keys."""

    account: str
    region: str
    """For requests that are not signed."""

    def identify(self, headers: Headers) -> Place:
        """The caller's place. Raises AccessDeniedException for an Authorization that is not SigV4 for this service."""
        authorization = headers.get("authorization")
        if authorization is None:
            return Place(self.account, self.region)
        scope = SCOPE.search(authorization)
        if scope is None or scope["service"] != SIGNING_NAME:
            raise AccessDeniedException(
                "The Authorization header must be an AWS Signature Version 4 with a credential scope of the form "
                f"DATE/REGION/{SIGNING_NAME}/aws4_request."
            )
        return Place(self.account, scope["region"])
