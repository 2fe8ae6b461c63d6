"""Operations, shapes and error statuses, from botocore's service models. Nothing here is typed in by hand."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

SERVICES = ("personalize", "personalize-runtime", "personalize-events")


@cache
def service(name: str) -> ServiceModel:
    """The newest model of a service that the installed botocore knows."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@cache
def operations() -> dict[str, OperationModel]:
    """All 79 operations of the three services, by name. No name occurs twice."""
    return {op: service(s).operation_model(op) for s in SERVICES for op in service(s).operation_names}


def is_rest(op: OperationModel) -> bool:
    """REST-JSON (runtime and events: POST to a path) rather than AWS JSON 1.1 (control plane: POST / with a target)."""
    return op.service_model.metadata["protocol"] == "rest-json"


def status_of(op: OperationModel | None, code: str) -> int:
    """The HTTP status of an error. The same error is 400 on the control plane and 404 on the runtime."""
    service_errors = op.service_model.error_shapes if op else ()
    shape = next((e for e in service_errors if e.name == code), None)
    return shape.metadata.get("error", {}).get("httpStatusCode", 400) if shape else 400


def project(document: Any, shape: Shape) -> Any:
    """Keep what the shape names and what has a value. A Summary is a projection of its resource: List needs no code."""
    if isinstance(shape, StructureShape):
        return {
            name: project(document[name], member)
            for name, member in shape.members.items()
            if document.get(name) is not None
        }
    if shape.type_name == "list":
        return [project(item, shape.member) for item in document]
    return document
