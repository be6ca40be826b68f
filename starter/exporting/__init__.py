"""An execution as a test: its history and what its steps gave, masked; replayed, and run again with stubs."""

from starter.exporting.exported import Expected, Exported
from starter.exporting.exporting import Unplayable, export, page

__all__ = ["Expected", "Exported", "Unplayable", "export", "page"]
