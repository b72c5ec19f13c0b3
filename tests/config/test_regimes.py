"""regimes.csv becomes facts; a local file beside it has the last word; faults say where."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from monitor.config import regimes
from monitor.config.entities import CATEGORIES
from monitor.config.reading import Problems
from monitor.config.regimes import COLUMNS, RegimeRow, first_day

Read = Callable[..., tuple[tuple[RegimeRow, ...], list[str]]]

HEAD = "id,name,targets,parties,scope,direction,categories,exempt,exempt_from,bound,body,act,start,end,status,as_of"
ROW = "un-x,An embargo,ye,houthis,non-state,to,missile,ye,2015,gb; eu,UN,S/RES/1,2015-04-14,,in force,2026-11-01"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def make(text: str, local: str = "") -> tuple[tuple[RegimeRow, ...], list[str]]:
        (tmp_path / "regimes.csv").write_text(text, encoding="utf-8")
        if local:
            (tmp_path / "regimes.local.csv").write_text(local, encoding="utf-8")
        problems = Problems(tmp_path)
        return regimes.read(tmp_path, problems, {}), problems.lines

    return make


def test_row_becomes_a_regime(read: Read) -> None:
    """Lists at semicolons, dates as written, everybody bound where nobody is named."""
    (found,), faults = read(f"{HEAD}\n{ROW}")

    assert [] == faults
    assert (("ye",), ("houthis",)) == (found.targets, found.parties)
    assert (("missile",), ("ye",), "2015") == (found.categories, found.exempt, found.exempt_from)
    assert ("gb", "eu") == found.bound
    assert "medium" == found.confidence
    assert ("all",) == read(f"{HEAD}\n{ROW.replace('gb; eu', '')}")[0][0].bound


def test_local_row_replaces_and_adds(read: Read) -> None:
    """The row of the same id gives way; a new id joins; the order is that of ids."""
    local = "id,name,targets,scope,direction,body,act,status,as_of\n" + (
        "un-x,Mine,ye,state,to,UN,S/RES/2,unknown,2026\nau-y,New,ru,state,both,Australia,Act,in force,2026"
    )
    found, faults = read(f"{HEAD}\n{ROW}", local)

    assert [] == faults
    assert [("au-y", "New"), ("un-x", "Mine")] == [(row.id, row.name) for row in found]


FAULTS = [
    ("un-x,", "UN-X,", "id: 'UN-X' is not an id; use a-z, 0-9 and single hyphens"),
    ("un-x,", ",", "id: is empty; give the regime a short name such as 'un-kp'"),
    ("An embargo", "", "name: is empty; say it in a few words"),
    ("S/RES/1", "", "act: is empty; name the legal act"),
    (",UN,", ",,", "body: is empty; say who imposed it"),
    ("non-state", "group", "scope: 'group' is unknown; known here: state, region, non-state, entity"),
    (",to,", ",two,", "direction: 'two' is unknown; did you mean 'to'?"),
    ("missile", "rocket", f"categories: 'rocket' is unknown; known here: {', '.join(CATEGORIES)}"),
    ("gb; eu", "GB", "bound: 'GB' is not an id; write ids with ';' between them"),
    ("2015-04-14", "14.4.2015", "start: '14.4.2015' is not a date; write 2006-10-14, 2006-10 or 2006"),
    ("2015-04-14", "2015-02-30", "start: '2015-02-30' is not a date; write 2006-10-14, 2006-10 or 2006"),
    ("2015-04-14,", "2015-04-14,2014", "end: 2014 is before the start 2015-04-14; swap or mend them"),
    ("in force", "lifted", "end: is empty; say since when it is lifted"),
    ("2026-11-01", "", "as_of: is empty; say when this was last looked up, e.g. 2026-08-22"),
    ("houthis", "", "parties: is empty; a non-state embargo names whom it is on"),
    (",ye,2015", ",so,2015", "exempt: 'so' is no target; exempt only what is a target"),
    ("ye,houthis,non-state", ",houthis,state", "targets: is empty; a state embargo names its states"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), FAULTS, ids=[f[2][:45] for f in FAULTS])
def test_fault_is_one_line(read: Read, old: str, new: str, said: str) -> None:
    """File, line, column, what is wrong, what would be right."""
    changed = ROW.replace(old, new, 1)
    if old == "2015-04-14,":
        changed = ROW.replace("2015-04-14,,", "2015-04-14,2014,")
    _, faults = read(f"{HEAD}\n{changed}")

    assert f"regimes.csv:2: {said}" in faults


def test_same_id_twice_names_both_lines(read: Read) -> None:
    """Nothing is replaced silently within one file."""
    _, faults = read(f"{HEAD}\n{ROW}\n{ROW}")

    assert ["regimes.csv:3: id: 'un-x' stands at line 2 too; keep one"] == faults


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEAD}\n{ROW}",
        f"{HEAD}\r\n{ROW}\r\n,,,\r\n\r\n",
        f"# notes of the desk; ours\n\n{HEAD}\n# one more\n{ROW}",
        f"{HEAD}\n{ROW}".replace("gb; eu", "gb").replace(",", ";"),
        f"{HEAD}\n" + ",".join(f'"{cell}"' for cell in ROW.split(",")),
    ],
    ids=["byte order mark", "empty lines", "comments", "semicolons", "quotes"],
)
def test_any_spreadsheet_will_do(read: Read, text: str) -> None:
    """Whatever Excel, LibreOffice or an editor wrote is the same row."""
    (found,), faults = read(text)

    assert [] == faults
    assert ("un-x", "An embargo", "2026-11-01") == (found.id, found.name, found.as_of)


SHEETS = [
    (HEAD.replace("name", "nmae"), "1: nmae: is not a known column; did you mean 'name'?"),
    (HEAD.replace("parties", "name"), "1: name: stands twice in the header; keep one column"),
    (HEAD.replace("act,", ""), "1: act: is missing from the header; add the column"),
    (f"{HEAD}\n{ROW},more", "2: has 17 cells; the header names 16 columns"),
    (f'{HEAD}\n{ROW}\nun-y,"open', "3: not CSV: unexpected end of data; close every quotation mark"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), SHEETS, ids=[s[1][:40] for s in SHEETS])
def test_sheet_that_cannot_be_read_says_why(read: Read, text: str, said: str) -> None:
    """The header, a row too long, a quotation mark left open."""
    _, faults = read(text)

    assert f"regimes.csv:{said}" in faults


def test_missing_file_is_a_fault(tmp_path: Path) -> None:
    """The table that came with the monitor is not silently nothing."""
    problems = Problems(tmp_path)

    assert () == regimes.read(tmp_path, problems, {})
    assert 1 == len(problems.lines)


def test_first_day_of_what_is_known() -> None:
    """A year and a month begin on their first day; anything else is no date."""
    assert date(2006, 10, 14) == first_day("2006-10-14")
    assert date(2006, 10, 1) == first_day("2006-10")
    assert date(2006, 1, 1) == first_day("2006")
    assert None is first_day("2006-13")
    assert None is first_day("soon")


def test_every_column_has_a_field() -> None:
    """No column is read into nothing."""
    assert set(COLUMNS) == set(RegimeRow.__dataclass_fields__)
