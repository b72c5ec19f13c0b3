"""Words as PostgreSQL's text search takes them: any text, any question, nothing by accident."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.stores._pg_dialect import said
from monitor.stores._pg_words import query, vector, words
from monitor.stores._search import expression, spaced
from tests.postgres import server

_texts = st.text(max_size=200) | st.text("ab'\\:*&|!<->(),\"\t'", max_size=40)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Größe, Élan & ЙОД", ["große", "elan", "иод"]),
        ("مَدَافِع", ["مدافع"]),
        ("תּוֹתָחִים", ["תותחים"]),
        ("a_b-c's 155mm", ["a", "b", "c", "s", "155mm"]),
        (spaced("武器禁運 forの"), ["武", "器", "禁", "運", "for", "の"]),
        ("プ 곡", ["プ", "곡"]),
    ],
)
def test_case_and_accents_do_not_matter(text: str, found: list[str]) -> None:
    """In the scripts whose accents and points are often left out; others keep their marks."""
    assert found == list(words(text))


def test_a_phrase_does_not_reach_across_fields() -> None:
    """The title ends where it ends; a place of its own stands between it and the summary."""
    assert "'a':1A,4B 'b':2A 'c':5B 'd':7D" == vector("a b", "a c", "d")


def test_a_question_is_the_phrases_it_has() -> None:
    """All of them; the last word of one may have any ending; what holds no word asks nothing."""
    assert "('export' <-> 'of' <-> 'gun':*) & ('tank')" == query('"Export of gun"* "tank" "--"')
    assert "" == query('"_" "…"')
    assert "" == query("")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=_texts, summary=_texts, asked=_texts)
def test_whatever_is_written_or_asked_is_taken(title: str, summary: str, asked: str) -> None:
    """No text breaks an entry's poll, and no question is a mistake; a text finds itself."""
    held, itself = vector(spaced(title), spaced(summary), ""), query(expression(title))
    with psycopg.connect(server().url()) as connection:
        ask = "select %s::tsvector @@ %s::tsquery"
        assert connection.execute(ask, [held, query(expression(asked))]).fetchone() is not None
        assert (bool(itself),) == connection.execute(ask, [held, itself]).fetchone()


@pytest.mark.parametrize(
    ("sqlite", "postgres"),
    [
        ("select '%' where a = ? and b = :c", "select '%%' where a = %s and b = %(c)s"),
        ("select a::text, :b", "select a::text, %(b)s"),
        ("update t set a = iif(:n, :m, a), b = max(b, ?)",
         "update t set a = case when %(n)s <> 0 then %(m)s else a end, b = greatest(b, %s)"),
        ("select max(a) + 1, min(b) from t", "select max(a) + 1, min(b) from t"),
        ("insert into t (a, b) values (?, ?) on conflict (a) do update set b = min(b, excluded.b)"
         " where excluded.c > c",
         "insert into t (a, b) values (%s, %s) on conflict (a) do update set b = least(t.b, excluded.b)"
         " where excluded.c > t.c"),
    ],
)  # fmt: skip
def test_the_dialect(sqlite: str, postgres: str) -> None:
    """Placeholders, functions of two, and whose column is meant."""
    assert postgres == said(sqlite).sql
