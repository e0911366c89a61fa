"""Pictures made on the server as SVG: outline, map, graph, ring and charts; a template only writes what these lay out."""

from api.drawing.ring import draw_ring

__all__ = ["draw_ring"]
