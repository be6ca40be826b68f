"""Doing an ended execution again: carried on with what it did taken over, or afresh; one, or a thousand."""

from starter.retrying.again import Again
from starter.retrying.carrying_on import begun, carried_on, redriven, retry
from starter.retrying.line import Kin, kin_of
from starter.retrying.many import Chosen, Preview, Summary, preview, retry_all
from starter.retrying.repeating import repeated

__all__ = [
    "Again",
    "Chosen",
    "Kin",
    "Preview",
    "Summary",
    "begun",
    "carried_on",
    "kin_of",
    "preview",
    "redriven",
    "repeated",
    "retry",
    "retry_all",
]
