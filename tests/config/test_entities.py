"""Spreadsheets of names become entities, and every fault says its line and column."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import entities
from monitor.config.entities import CATEGORIES, HALVES, LANGUAGES, Gazetteer, Name, expand
from monitor.config.reading import Problems

CONFIG = Path(__file__).parents[2] / "config"
Read = Callable[..., tuple[Gazetteer, list[str]]]

STATE = "ru,state,Russia,,,name,,,Russia,Росси(я/и)"
HEAD = "id,kind,title,country,category,form,ambiguous,any,en,ru"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows under the common header, one file per argument, → gazetteer and faults."""

    def make(*files: str) -> tuple[Gazetteer, list[str]]:
        (tmp_path / "entities").mkdir()
        for number, text in enumerate(files):
            file = tmp_path / "entities" / f"{number}.csv"
            file.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")
        problems = Problems(tmp_path)
        return entities.read(tmp_path, problems, {}), problems.lines

    return make


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    problems = Problems(CONFIG)
    found = entities.read(CONFIG, problems, {})
    assert [] == problems.lines
    return found


def test_who_sells_to_the_world_is_a_fact(tmp_path: Path) -> None:
    """A file of its own says it of a state, once; a word that is no rank is reported."""
    (tmp_path / "entities").mkdir()
    rows = "id,kind,title,exports,en\nru,state,Russia,,Russia\nse,state,Sweden,some,Sweden\n"
    (tmp_path / "entities" / "a.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "entities" / "b.csv").write_text("id,exports\nru,great\n", encoding="utf-8")
    problems = Problems(tmp_path)
    found = entities.read(tmp_path, problems, {})

    assert "great" == found.entities["ru"].exports
    assert [
        "entities/a.csv:3: exports: 'some' is unknown; known here: great, lesser"
    ] == problems.lines


def test_row_becomes_names_per_language(read: Read) -> None:
    """Endings multiply, "=" marks letter case, the column tells the language."""
    found, faults = read(STATE, "ru,,,,,metonym,,=FSB,Kremlin,Кремл(ь/я)")

    assert [] == faults
    assert (
        Name("Russia", "en", "name"),
        Name("Россия", "ru", "name"),
        Name("России", "ru", "name"),
        Name("FSB", "", "metonym", exact=True),
        Name("Kremlin", "en", "metonym"),
        Name("Кремль", "ru", "metonym"),
        Name("Кремля", "ru", "metonym"),
    ) == found.entities["ru"].names
    assert "=FSB" == found.entities["ru"].names[3].term
    assert "Кремль" == found.entities["ru"].names[5].term


def test_facts_are_told_once_and_kept(read: Read) -> None:
    """Kind, title, home and goods stand in any one row of the id."""
    found, faults = read(STATE, "s-400,system,S-400,ru,air_defence; missile,name,,S-400(/s),,")

    assert [] == faults
    system = found.entities["s-400"]
    assert ("system", "S-400", "ru") == (system.kind, system.title, system.country)
    assert ("air_defence", "missile") == system.categories
    assert ["S-400", "S-400s"] == [name.text for name in system.names]


def test_ambiguous_terms_are_marked(read: Read) -> None:
    """A question mark after one, in the language it is written in and no other."""
    one, _ = read("ge,state,Georgia,,,name,,,=Georgia?; Gruzia,Груз(ия/ии)?")

    assert [("Georgia", True), ("Gruzia", False), ("Грузия", True), ("Грузии", True)] == [
        (name.text, name.ambiguous) for name in one.entities["ge"].names
    ]
    assert "=Georgia" == one.entities["ge"].names[0].term


def test_star_marks_every_term_of_a_row(read: Read) -> None:
    """Places are all ambiguous: Kursk is a city, a battle and a submarine."""
    all_, _ = read(STATE, "ru,,,,,place,*,,Kursk; Belgorod,Курск")

    assert [False] * 3 + [True] * 3 == [name.ambiguous for name in all_.entities["ru"].names]


def test_off_takes_a_name_away(read: Read) -> None:
    """A local file silences a term that came with the monitor."""
    found, faults = read(STATE, "ru,,,,,off,,,Russia,")

    assert [] == faults
    assert {"Россия", "России"} == {name.text for name in found.entities["ru"].names}


FAULTS = [
    ("Ru,state,Russia,,,,,,Russia,", "1", "id: 'Ru' is not an id; use a-z, 0-9 and single hyphens"),
    (",state,Russia,,,,,,Russia,", "1", "id: is empty; give the entity a short name such as 'houthis'"),
    ("x,,X,,,,,,X,", "1", "kind: 'x' has none; write one of state, body, group, company, system, lookalike in one of its rows"),
    ("x,grup,X,,,,,,X,", "1", "kind: 'grup' is unknown; did you mean 'group'?"),
    ("x,group,,,,,,,X,", "1", "title: 'x' has none; write its English name"),
    ("x,group,X,,,nmae,,,X,", "1", "form: 'nmae' is unknown; did you mean 'name'?"),
    ("x,group,X,,,,,,X,\nx,body,,,,,,,Y,", "2", "kind: 'body' contradicts 'group'; 0.csv:2 says so"),
    ("x,group,X,zz,,,,,X,", "1", "country: 'zz' is no state; write the id of a state"),
    ("russia,state,Russia,,,,,,Russia,", "1", "id: 'russia' is a state; use its ISO 3166 alpha-2 code"),
    ("x,system,X,,,,,,X,", "1", f"category: is empty; a system has one of {', '.join(CATEGORIES)}"),
    ("x,system,X,,tnak,,,,X,", "1", f"category: 'tnak' is unknown; known here: {', '.join(CATEGORIES)}"),
    ("x,group,X,,,,,,X(a/b,", "1", "en: 'X(a/b' has an open bracket; see docs/entities.md"),
    ("x,group,X,,,,,,=,", "1", "en: '=' has no letters; see docs/entities.md"),
    ("x,group,X,,,,,,* *,", "1", "en: '* *' has no letters; see docs/entities.md"),
    ("x,group,X,,,,,,X*y,", "1", "en: 'X*y' has a * in the middle of a word; see docs/entities.md"),
    ("x,group,X,,,,,,X=y,", "1", "en: 'X=y' has a = or a ? in its middle; see docs/entities.md"),
    ("x,group,X,,,,,,X; X,", "1", ""),
    ("x,group,X,,,,,,X,\nx,,,,,,,,X,", "2", "en: 'X' is already a name of it; see 0.csv:2"),
    ("x,group,X,,,,Y,,X,", "1", "ambiguous: 'Y' is neither * nor empty; to mark one term write a ? after it"),
    ("x,group,X,,,,,,X?y,", "1", "en: 'X?y' has a = or a ? in its middle; see docs/entities.md"),
    (f"{STATE}\nru,,,,,first,,,RUS,", "2", "en: 'RUS' has not two letters; one for each state"),
    ("x,group,X,,,off,,,Z,", "1", "en: 'Z' is no name of it; take it out of the off row"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "line", "said"), FAULTS, ids=[f[2][:40] or "said twice" for f in FAULTS])  # fmt: skip
def test_fault_is_one_line(read: Read, rows: str, line: str, said: str) -> None:
    """File, line, column, what is wrong, what would be right; a term said twice is one term."""
    _, faults = read(rows)

    assert ([f"entities/0.csv:{int(line) + 1}: {said}"] if said else []) == faults


@given(st.lists(st.text("абв", max_size=3), min_size=1, max_size=4), st.text("xyz", max_size=3))
def test_expanding_gives_every_ending_once(endings: list[str], stem: str) -> None:
    """As many terms as there are different endings, the stem before each."""
    found = expand(f"{stem}({'/'.join(endings)})")

    assert {f"{stem}{ending}" for ending in endings} == set(found)
    assert len(set(found)) == len(found)


def test_every_language_names_every_state_that_trades_arms(shipped: Gazetteer) -> None:
    """Seventy states have a name in each of the eighteen languages, and an adjective where it has any."""
    states = """us ru ua cn kp kr jp tw gb fr de it es pl cz sk hu ro bg gr tr il ir iq sy lb jo sa
        ae qa kw bh om ye eg ly dz ma sd et so ke cd ml ng za in pk af bd mm th vn sg id ph au nz ca
        mx br ar cl co pe ve se no fi dk nl be at ch pt ee lv lt by md ge am az kz rs""".split()
    bare = ("ja", "ko", "zh", "hi")  # the name itself stands before the noun
    none = {("ae", "tr"), ("ml", "ar")}  # Turkish uses the name; "مالية" is financial too
    lacking = {
        (state, language, form)
        for state in states
        for form, languages in (("name", LANGUAGES), ("adjective", LANGUAGES))
        for language in languages
        if not (form == "adjective" and (language in bare or (state, language) in none))
        and not any(
            name.form == form and name.language in (language, "")
            for name in shipped.entities[state].names
        )
    }

    assert set() == lacking


def test_no_two_certain_states_share_a_term(shipped: Gazetteer) -> None:
    """What can mean two states is marked, or it would mean the first of the alphabet."""
    owners: dict[tuple[str, str], set[str]] = {}
    for entity in shipped.entities.values():
        for name in entity.names:
            if entity.kind == "state" and not name.ambiguous and name.form not in HALVES:
                owners.setdefault((name.term.casefold(), name.language), set()).add(entity.id)

    assert {} == {term: ids for term, ids in owners.items() if len(ids) > 1}


def test_systems_are_matched_by_case_or_have_a_digit_or_are_long(shipped: Gazetteer) -> None:
    """A short Latin word without its capitals is an ordinary word of some language."""
    loose = [
        name.text
        for entity in shipped.entities.values()
        if entity.kind == "system"
        for name in entity.names
        if name.language == "" and not name.exact and not name.ambiguous
        if len(name.text) < 6 and not any(c.isdigit() or c in "-/" for c in name.text)
    ]

    assert [] == loose
