"""What serving knows of a dataset group's newest data, held in memory beside the models: items, users and events.

A view is built once, in the thread of whoever asks first, and then follows its dataset from the side. Whoever reads it
reads one unchanging state and never waits.
"""

from .events import EventView
from .items import ItemView
from .records import RecordView
from .source import Source
from .views import Views

__all__ = ["EventView", "ItemView", "RecordView", "Source", "Views"]
