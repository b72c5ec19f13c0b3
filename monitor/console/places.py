"""Where parties are, as points on a map: of states, a point inside their largest part. PURE.

Source: Natural Earth 1:50m, public domain, by way of world-atlas 2.0.2.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from monitor.config.entities import Entity

Point = tuple[float, float]  # longitude, latitude, degrees


@cache
def places() -> Mapping[str, Point]:
    """By state, ISO 3166 alpha-2 lower case."""
    with (Path(__file__).parent / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {r["id"]: (float(r["longitude"]), float(r["latitude"])) for r in rows}


def place(id_: str, entities: Mapping[str, Entity]) -> Point | None:
    """Of a state, or of the home of a group or company; None when there is none."""
    known = places()
    if id_ in known:
        return known[id_]
    entity = entities.get(id_)
    return known.get(entity.country) if entity else None
