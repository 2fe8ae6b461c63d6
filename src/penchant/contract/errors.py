"""Errors a caller can see. The class name is the code on the wire; the HTTP status comes from the service's model.

ApiError
├── InvalidInputException            the request breaks its shape, or a rule refuses it
├── InvalidNextTokenException        a page token that was not made for this question
├── ResourceNotFoundException
├── ResourceAlreadyExistsException
├── ResourceInUseException           right resource, wrong moment
├── LimitExceededException
├── TooManyTagsException, TooManyTagKeysException
├── AccessDeniedException            the caller is not who they say, or may not do this
├── ThrottlingException              more comes than can be written down; worth another try
├── UnknownOperationException        AWS has no such operation                               (404)
├── NotBuiltException                AWS has it, this release of Penchant does not           (501)
├── ServiceUnavailable               the database does not take it; worth another try         (503)
└── InternalFailure                  ours, never the caller's; the only 500
"""


class ApiError(Exception):
    """Something to tell the caller. The text says what was wrong, where, and what would be right."""

    status: int | None = None
    """Set only where no service model knows the code."""

    retry_after: int | None = None
    """Seconds after which it may be worth another try."""

    @property
    def code(self) -> str:
        return type(self).__name__


class InvalidInputException(ApiError): ...


class InvalidNextTokenException(ApiError): ...


class ResourceNotFoundException(ApiError): ...


class ResourceAlreadyExistsException(ApiError): ...


class ResourceInUseException(ApiError): ...


class LimitExceededException(ApiError): ...


class TooManyTagsException(ApiError): ...


class TooManyTagKeysException(ApiError): ...


class AccessDeniedException(ApiError):
    status = 403


class ThrottlingException(ApiError):
    status = 400
    retry_after = 1


class UnknownOperationException(ApiError):
    status = 404


class NotBuiltException(ApiError):
    status = 501


class ServiceUnavailable(ApiError):
    status = 503
    retry_after = 5


class InternalFailure(ApiError):
    status = 500
