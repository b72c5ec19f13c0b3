"""`monitor cluster` tells the items of a file as the daemon would tell a stream."""

import json
from pathlib import Path

import pytest

from monitor.cli import main

ITEMS = [
    {"id": "late", "title": "Latvia to receive 54 howitzers from Norway", "published": "2026-05-04T12:00:00Z"},
    {"id": "none", "title": "Ferry sinks off Indonesia, 80 missing"},
    {"id": "first", "title": "Norway to supply 54 howitzers to Latvia", "published": "2026-05-04T06:00:00Z"},
    {"id": "copy", "title": "Norway to supply 54 howitzers to Latvia | Example", "published": "2026-05-04T13:00:00Z"},
]  # fmt: skip


def clustered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], items: list[dict[str, str]]
) -> list[dict[str, str]]:
    file = tmp_path / "items.jsonl"
    file.write_text("\n".join(map(json.dumps, items)), "utf-8")
    status = main(["cluster", str(file)])
    assert 0 == status
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_told_in_order_of_publication(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers stand in the order given, stories in the order published, undated items last."""
    lines = clustered(tmp_path, capsys, ITEMS)

    assert ["late", "none", "first", "copy"] == [line["id"] for line in lines]
    assert ["report", "first", "first", "copy"] == [line["relation"] for line in lines]
    assert 2 == len({line["story"] for line in lines})


def test_merged_story_has_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A story that proved to be another's goes by that name from its first item on."""
    title = "Norway to supply 54 howitzers to Latvia"
    protest = "Protest march in Riga against weapons from Oslo"
    items = [
        {"id": "a", "title": title, "published": "2026-05-04T06:00:00Z"},
        {"id": "b", "title": protest, "published": "2026-05-13T06:00:00Z"},
        {"id": "b", "title": title, "published": "2026-05-13T09:00:00Z"},
    ]

    lines = clustered(tmp_path, capsys, items)

    assert ["first", "first", "copy"] == [line["relation"] for line in lines]
    assert 1 == len({line["story"] for line in lines})
