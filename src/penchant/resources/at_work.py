"""Whether a resource has work that has still to end, whatever its verb, told in its status or inside it."""

from .book import Document
from .kinds import Kind, unfinished


def at_work(kind: Kind, document: Document) -> bool:
    """A deletion does not count: what is being deleted works for nobody."""
    for verb, phase in kind.life.items():
        told = document.get(phase.inside, {}) if phase.inside else document
        if verb != "delete" and told.get("status") in unfinished(phase):
            return True
    return False
