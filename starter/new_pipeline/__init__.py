"""`fiberwise new`: a pipeline that works, written into a checkout with all that belongs to it, or nothing at all."""

from starter.new_pipeline.making import Made, Unmade, make
from starter.new_pipeline.naming import Called

__all__ = ["Called", "Made", "Unmade", "make"]
