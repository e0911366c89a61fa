"""Where a place lies on the map: Lambert azimuthal equal-area over Europe (EPSG:3035), one unit being four kilometres."""

from __future__ import annotations

import math
from typing import Final

SEMI_MAJOR: Final = 6378137.0
ECCENTRICITY: Final = math.sqrt(2 / 298.257222101 - 1 / 298.257222101**2)
MIDDLE: Final = (math.radians(10), math.radians(52))
FALSE_EASTING, FALSE_NORTHING = 4321000.0, 3210000.0
UNIT: Final = 4000.0
LEFT, TOP = 2400000.0, 5460000.0
WIDTH, HEIGHT = 1040, 1040


def to_metres(longitude: float, latitude: float) -> tuple[float, float]:
    """Easting and northing of a place in degrees (ETRS89, IOGP guidance note 7-2, section 3.3.1, method 9820)."""
    middle = _authalic(MIDDLE[1])
    beta = _authalic(math.radians(latitude))
    turn = math.radians(longitude) - MIDDLE[0]
    radius = SEMI_MAJOR * math.sqrt(_area(math.pi / 2) / 2)
    stretch = SEMI_MAJOR * math.cos(MIDDLE[1]) / math.sqrt(1 - (ECCENTRICITY * math.sin(MIDDLE[1])) ** 2) / (radius * math.cos(middle))
    nearness = 1 + math.sin(middle) * math.sin(beta) + math.cos(middle) * math.cos(beta) * math.cos(turn)
    spread = radius * math.sqrt(2 / max(nearness, 1e-9))
    return (FALSE_EASTING + spread * stretch * math.cos(beta) * math.sin(turn),
            FALSE_NORTHING + spread / stretch * (math.cos(middle) * math.sin(beta) - math.sin(middle) * math.cos(beta) * math.cos(turn)))


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """The point of a place in the picture, whose frame is WIDTH by HEIGHT units from the top left."""
    easting, northing = to_metres(longitude, latitude)
    return (easting - LEFT) / UNIT, (TOP - northing) / UNIT


def is_framed(point: tuple[float, float]) -> bool:
    """Whether a point lies in the picture."""
    return 0 <= point[0] <= WIDTH and 0 <= point[1] <= HEIGHT


def _area(latitude: float) -> float:
    sine = math.sin(latitude)
    return (1 - ECCENTRICITY**2) * (sine / (1 - (ECCENTRICITY * sine) ** 2)
                                    - math.log((1 - ECCENTRICITY * sine) / (1 + ECCENTRICITY * sine)) / (2 * ECCENTRICITY))


def _authalic(latitude: float) -> float:
    return math.asin(_area(latitude) / _area(math.pi / 2))
