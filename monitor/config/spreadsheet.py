"""
CSV with positions: rows as a spreadsheet saves them, each fault with its line and column.

Commas or semicolons, quoted or not, with or without a byte order mark: whatever Excel,
LibreOffice or an editor wrote. Lines whose cells are all empty are skipped, and so are
lines that start with "#".

Format: https://www.rfc-editor.org/rfc/rfc4180
"""

import csv
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.config.reading import Problems, read_text


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column name, stripped, and where it starts."""

    file: Path
    line: int
    cells: Mapping[str, str]
    problems: Problems

    def __getitem__(self, column: str) -> str:
        """The cell; "" when empty or when the sheet has no such column."""
        return self.cells.get(column, "")

    def fault(self, column: str, wrong: str, right: str = "") -> None:
        """Report what is wrong in one column of this row."""
        self.problems.add(self.file, self.line, column, wrong, right)

    def required(self, column: str, right: str) -> str:
        """The cell, or "" after reporting that it is empty."""
        if not self[column]:
            self.fault(column, "is empty", right)
        return self[column]

    def choice(self, column: str, options: Sequence[str], default: str = "") -> str:
        """The cell when it is one of options, else the default, after reporting it."""
        value = self[column] or default
        if value in options:
            return value
        self.fault(
            column, f"{value!r} is unknown" if value else "is empty", nearest(value, options)
        )
        return default


def rows(
    file: Path, columns: Sequence[str], required: Sequence[str], problems: Problems
) -> Iterator[Row]:
    """The rows below the header; none after reporting a header that cannot be used."""
    text = read_text(file, problems)
    if text is None:
        return
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=_delimiter(lines), strict=True)
    header: list[str] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells) or cells[0].startswith("#"):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                if not _header_fits(file, line, header, columns, required, problems):
                    return
                continue
            row = Row(file, line, _named(header, cells), problems)
            if any(cell.strip() for cell in cells[len(header) :]):
                row.fault("", f"has {len(cells)} cells", f"the header names {len(header)} columns")
            yield row
    except csv.Error as e:
        problems.add(file, start, "", f"not CSV: {e}", "close every quotation mark")


def _delimiter(lines: Sequence[str]) -> str:
    """Comma, unless the header has more semicolons: Excel follows the regional settings."""
    head = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return ";" if head.count(";") > head.count(",") else ","


def _named(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    return {name: cell.strip() for name, cell in zip(header, cells, strict=False)}


def _header_fits(
    file: Path,
    line: int,
    header: Sequence[str],
    columns: Sequence[str],
    required: Sequence[str],
    problems: Problems,
) -> bool:
    """Whether the rows can be read; unknown, repeated and missing columns are reported."""
    before = len(problems.lines)
    for index, name in enumerate(header):
        if name in header[:index]:
            problems.add(file, line, name, "stands twice in the header", "keep one column")
        elif name not in columns:
            problems.add(file, line, name, "is not a known column", nearest(name, columns))
    for name in required:
        if name not in header:
            problems.add(file, line, name, "is missing from the header", "add the column")
    return len(problems.lines) == before


def nearest(word: str, known: Sequence[str]) -> str:
    """Advice for a word nobody knows: the likeliest one meant, or all there are."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
