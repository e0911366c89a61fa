"""Generated data shaped as the real: as many initiatives as wanted, with the degrees and values that were measured."""

from kg.generate.initiatives import QUADS_EACH, generate
from kg.generate.measure import Field, Shape, distance, load_shape, measure, write_shape

__all__ = ["QUADS_EACH", "Field", "Shape", "distance", "generate", "load_shape", "measure", "write_shape"]
