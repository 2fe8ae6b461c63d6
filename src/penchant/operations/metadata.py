"""PutItems, PutUsers and PutActions: items, users and actions described one by one, each time whole and anew."""

from ..house import House
from ..intake import metadata
from .events import kept
from .registry import Function, Promise, operation
from .rejections import METADATA
from .targets import of_dataset


def put(name: str, dataset_type: str) -> Function:
    def handler(house: House, request: dict) -> Promise:
        target = of_dataset(house, request["datasetArn"], dataset_type)
        return kept(house, name, target, metadata.taken(target.columns, request, lenient=house.lenient_metadata))

    return handler


for each, of_type in METADATA.items():
    operation(each, inline=True)(put(each, of_type))
