"""
An alert as the JSON that leaves us: the same object for webhooks, files and `--json`.

Contract: docs/webhook.md and docs/alert.schema.json. Fields are added, never changed.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from monitor.model import Act, Alert

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
# #payload-structure asks for less than 20 kB; what goes first is what is least missed.
_MOST_BYTES: Final = 20_000
_SHED: Final = ("reasons", "sources", "digest")
_SQUEEZES: Final = ((500, 10), (200, 5), (60, 3))  # characters a text, elements a list


def payload(alert: Alert) -> dict[str, Any]:
    """The `data` of an event, its keys in the order of the contract."""
    data: dict[str, Any] = {
        "alert": alert.id,
        "story": alert.story,
        "revision": alert.revision,
        "topic": alert.topic,
        "severity": alert.severity.value,
        "severity_why": alert.severity_why,
        "title": alert.title,
        "url": alert.url,
        "outlet": alert.outlet,
        "language": alert.language,
        "published": stamp(alert.published),
        "first_seen": stamp(alert.first_seen),
        "summary": alert.summary,
        "score": round(alert.score, 4),
        "act": act(alert.act),
        "regimes": [_regime(r.id, r.name, r.act, r.as_of, r.note) for r in alert.regimes],
        "reasons": [
            {"field": r.field, "start": r.start, "end": r.end, "text": r.text,
             "concept": r.concept, "weight": round(r.weight, 4)}
            for r in alert.reasons
        ],
        "sources": [
            {"outlet": s.outlet, "url": s.url, "published": stamp(s.published)}
            for s in alert.sources
        ],
        "independent_sources": alert.independent_sources,
        "changes": list(alert.changes),
    }  # fmt: skip
    if alert.digest:
        data["digest"] = [
            {"alert": one.alert, "severity": one.severity.value, "text": one.text, "url": one.url,
             "outlet": one.outlet}
            for one in alert.digest
        ]  # fmt: skip
    return data | ({"test": True} if alert.test else {})


def event(alert: Alert) -> bytes:
    """
    The whole event, UTF-8: the same bytes at every attempt, below 20 kB.

    Of an alert that would be larger, the last reasons and then the last sources are left
    out, then texts are cut; `truncated` says so.
    """
    data = payload(alert)
    body = _event(alert, data)
    for key in _SHED:
        while len(body) >= _MOST_BYTES and data.get(key):
            data = data | {key: data[key][: len(data[key]) // 2], "truncated": True}
            body = _event(alert, data)
    for characters, elements in _SQUEEZES:
        if len(body) >= _MOST_BYTES:
            data = {k: _squeezed(v, characters, elements) for k, v in data.items()}
            body = _event(alert, data | {"truncated": True})
    return body


def cloud_event(alert: Alert, delivery: str) -> bytes:
    """
    The event in a CloudEvents envelope, structured mode.

    Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
    """
    plain = json.loads(event(alert))
    whole = {
        "specversion": "1.0",
        "id": delivery,
        "source": "urn:arms-monitor",
        "type": plain["type"],
        "subject": alert.id,
        "time": plain["timestamp"],
        "datacontenttype": "application/json",
        "data": plain["data"],
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _squeezed(value: Any, characters: int, elements: int) -> Any:
    if isinstance(value, str):
        if value.startswith("http") and len(value) > characters:
            return ""  # half an address leads elsewhere
        return value[:characters]
    if isinstance(value, list):
        return [_squeezed(one, characters, elements) for one in value[:elements]]
    if isinstance(value, dict):
        return {k: _squeezed(v, characters, elements) for k, v in value.items()}
    return value


def _event(alert: Alert, data: Mapping[str, Any]) -> bytes:
    kind = "alert.created" if alert.revision == 1 else "alert.updated"
    kind = "digest.created" if alert.digest else kind
    whole = {"type": kind, "timestamp": stamp(alert.at), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def act(found: Act | None) -> dict[str, Any] | None:
    """An act with its keys in the order of the contract; None when nothing was found."""
    if found is None:
        return None
    return {
        "stage": found.stage.value,
        "suppliers": list(found.suppliers),
        "recipients": list(found.recipients),
        "categories": list(found.categories),
        "systems": list(found.systems),
        "quantity": found.quantity,
        "regimes": list(found.regimes),
        "denied": found.denied,
        "doubted": found.doubted,
    }


def _regime(id_: str, name: str, legal: str, as_of: str, note: str) -> dict[str, str]:
    shown = {"id": id_, "name": name, "act": legal, "as_of": as_of}
    return shown | ({"note": note} if note else {})


def stamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, ending with Z; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
