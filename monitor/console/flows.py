"""
Who supplies whom, by item and stage, with the stories behind each link.

    GET /flows?since=…&category=…&stage=…        matrix, Sankey and map
    GET /flows.csv, /flows.json, /flows.geojson   the same as files
"""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from monitor.console import filters
from monitor.console.api import dumps
from monitor.console.filters import Asked
from monitor.console.office import Office
from monitor.console.pages import Pages
from monitor.console.places import Point, place
from monitor.console.serving import Desk
from monitor.console.words import cell
from monitor.ports import Row

_SIDE: Final = 15  # rows and columns of the matrix
_COLUMNS: Final = (
    "supplier", "supplier_name", "recipient", "recipient_name", "category", "stage", "alerts",
    "first", "last",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """All that one party supplies another."""

    supplier: str
    recipient: str
    alerts: int
    least: bool  # alerts naming several items may have been counted once only
    query: str  # of the desk page with the stories behind it


@dataclass(frozen=True, slots=True)
class Flows:
    """The page and its files."""

    office: Office
    pages: Pages

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        return (
            desk.shows("/flows", self.page),
            desk.shows("/flows.csv", self.csv),
            desk.shows("/flows.json", self.json),
            desk.shows("/flows.geojson", self.geojson),
        )

    def page(self, request: Request) -> Response:
        """400 when the filters make no sense."""
        asked = self.office.asked(request)
        links = () if asked.problems else joined(self._rows(asked), asked.given)
        suppliers, recipients = sides(links)
        return self.pages.page(
            request, "flows", 400 if asked.problems else 200,
            asked=asked, options=self.office.choices().of, spans=filters.SPANS, links=links[:100],
            suppliers=suppliers[:_SIDE], recipients=recipients[:_SIDE], total=len(links),
            cells={(one.supplier, one.recipient): one for one in links},
            most=max((one.alerts for one in links), default=1),
        )  # fmt: skip

    def csv(self, request: Request) -> Response:
        """One row a supplier, recipient, item and stage; no cell is a formula."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for row in self._named(request):
            writer.writerow([cell(row[name]) for name in _COLUMNS])
        return _file(text.getvalue().encode("utf-8-sig", "replace"), "text/csv", "flows.csv")

    def json(self, request: Request) -> Response:
        """The same rows, and the links between two parties with where these are."""
        asked = self._sensible(request)
        links = [self._drawn(one) for one in joined(self._rows(asked), asked.given)]
        body = dumps({"flows": self._named(request), "links": links})
        return Response(body, media_type="application/json")

    def geojson(self, request: Request) -> Response:
        """A line for each row, RFC 7946; without one where a party is nowhere."""
        features = [self._feature(row) for row in self._named(request)]
        whole = {"type": "FeatureCollection", "features": features}
        return _file(dumps(whole), "application/geo+json", "flows.geojson")

    # ── the rows ────────────────────────────────────────────────────────────────

    def _sensible(self, request: Request) -> Asked:
        asked = self.office.asked(request)
        if asked.problems:
            raise HTTPException(400, "; ".join(asked.problems))
        return asked

    def _rows(self, asked: Asked) -> Sequence[Row]:
        office, key = self.office, asked.given.get("since", "")
        rows = office.shelf.flows(office.store, asked.view.since, key, office.now())
        wanted = {
            k: v for k, v in asked.view.facets.items()
            if k in ("supplier", "recipient", "category", "stage")
        }  # fmt: skip
        party = asked.view.facets.get("party", "")
        return [
            row for row in rows
            if all(row[k] == v for k, v in wanted.items())
            and party in ("", row["supplier"], row["recipient"])
        ]  # fmt: skip

    def _named(self, request: Request) -> list[Mapping[str, Any]]:
        name = self.office.name
        return [
            {**row, "supplier_name": name(str(row["supplier"])),
             "recipient_name": name(str(row["recipient"]))}
            for row in self._rows(self._sensible(request))
        ]  # fmt: skip

    def _at(self, id_: str) -> Point | None:
        return place(id_, self.office.config().knowledge.gazetteer.entities)

    def _drawn(self, one: Link) -> Mapping[str, object]:
        return {
            "supplier": self.office.name(one.supplier),
            "recipient": self.office.name(one.recipient),
            "from": self._at(one.supplier),
            "to": self._at(one.recipient),
            "alerts": one.alerts,
            "least": one.least,
            "href": f"/?{one.query}",
        }

    def _feature(self, row: Mapping[str, Any]) -> Mapping[str, object]:
        ends = [self._at(row["supplier"]), self._at(row["recipient"])]
        line = {"type": "LineString", "coordinates": ends} if all(ends) else None
        return {"type": "Feature", "geometry": line, "properties": row}


def joined(rows: Sequence[Row], given: Mapping[str, str]) -> Sequence[Link]:
    """
    One link for each pair, most alerts first.

    An alert has one stage but may name several items, so that those of a stage may overlap:
    the most common item of each stage gives how many there are at least.
    """
    pairs: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        numbers = pairs[str(row["supplier"]), str(row["recipient"])][str(row["stage"])]
        numbers.append(int(str(row["alerts"])))
    kept = {k: given[k] for k in ("category", "stage", "since") if k in given}
    links = [
        Link(
            supplier=supplier, recipient=recipient,
            alerts=sum(max(numbers) for numbers in stages.values()),
            least=any(len(numbers) > 1 for numbers in stages.values()),
            query=urlencode({"supplier": supplier, "recipient": recipient, **kept}),
        )
        for (supplier, recipient), stages in pairs.items()
    ]  # fmt: skip
    return sorted(links, key=lambda one: (-one.alerts, one.supplier, one.recipient))


def sides(links: Sequence[Link]) -> tuple[Sequence[str], Sequence[str]]:
    """Suppliers and recipients, each by how many alerts name them, most first."""
    found = []
    for side in ("supplier", "recipient"):
        sums: dict[str, int] = defaultdict(int)
        for one in links:
            sums[getattr(one, side)] += one.alerts
        found.append(sorted(sums, key=lambda id_: (-sums[id_], id_)))
    return found[0], found[1]


def _file(body: bytes, kind: str, name: str) -> Response:
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=kind, headers=named)
