"""console/api: JSON for programs, as openapi.json says."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config.console import ConsoleSettings
from monitor.console.api import DESCRIPTION, ROOT, Api, dumps
from monitor.console.office import Office
from monitor.console.serving import Desk
from monitor.model import Label, Opinion
from monitor.ports import Store
from monitor.secret import Secret
from monitor.stores.sqlite import open as sqlite
from tests.console.conftest import Answer, Visitor, console, tell
from tests.contract.making import alerting, attempt, commit, entry, send, take_one
from tests.samples import NOW

OPENAPI: Mapping[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
TOKEN = "a token that is long enough"
EXAMPLES = {
    "/alerts": "?limit=2",
    "/stories/{id}": "",
    "/flows": "?since=365d",
    "/feeds": "",
    "/deliveries": "?state=due",
    "/sinks": "",
    "/entries/search": "?q=shells",
    "/decisions": "?ref=s-1",
    "/health": "",
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A story read, told, sent and judged; two more beside it."""
    store = sqlite(f"sqlite:///{tmp_path_factory.mktemp('api') / 'm.db'}")
    assert commit(store, alerting(take_one(store), entry("1"), entry("2")))
    [sent] = send(store)
    assert store.record(sent, attempt(sent), None)
    store.add_label(Label(opinion=Opinion.SEEN, at=NOW, author="kim", alert="al-s-1"))
    tell(store, 2)
    tell(store, 3, act=None, published=None)
    with console(store) as web:
        yield web
    store.close()


def path(template: str) -> str:
    return ROOT + template.replace("{id}", "s-1") + EXAMPLES[template]


def check(template: str, answer: Answer) -> Any:
    """The answer as JSON, after holding it against the description."""
    responses = OPENAPI["paths"][template]["get"]["responses"]
    assert str(answer.status) in responses, answer.text
    [(kind, content)] = responses[str(answer.status)]["content"].items()
    assert kind == answer.headers["content-type"].split(";")[0]
    body = json.loads(answer.text)
    schema = {**content["schema"], "components": OPENAPI["components"]}
    jsonschema.validate(body, schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return body


def test_the_description_names_every_route() -> None:
    """Nothing is described that is not there, nor there without being described."""
    routes = Api(cast(Office, None)).routes(Desk(cast(Office, None)))
    there = {r.path.removeprefix(ROOT) for r in routes}  # type: ignore[attr-defined]

    assert {*OPENAPI["paths"], "/openapi.json"} == there
    assert set(EXAMPLES) == set(OPENAPI["paths"])


@pytest.mark.parametrize("template", sorted(EXAMPLES))
def test_answers_are_as_described(filled: Visitor, template: str) -> None:
    """Every answer fits its schema, and holds something."""
    body = check(template, filled.get(path(template)))

    assert any(body.values())


def test_alerts_come_page_by_page(filled: Visitor) -> None:
    """The cursor of one page is the beginning of the next; the last one has none."""
    first = check("/alerts", filled.get(f"{ROOT}/alerts?limit=2"))
    rest = check("/alerts", filled.get(f"{ROOT}/alerts?limit=2&after={quote(first['next'])}"))

    assert [["al-s-1", "al-2"], ["al-3"]] == [
        [a["alert"] for a in page["alerts"]] for page in (first, rest)
    ]
    assert rest["next"] is None
    assert ["seen by kim"] == first["alerts"][0]["labels"]


LISTS = {
    "/alerts": "",
    "/flows": "",
    "/feeds": "",
    "/deliveries": "",
    "/sinks": "",
    "/entries/search": "q=shells",
    "/decisions": "ref=s-1",
}


@pytest.mark.parametrize("template", sorted(LISTS))
def test_every_list_comes_page_by_page(filled: Visitor, template: str) -> None:
    """One at a time gives the same as all at once, in the same order; a stale cursor is said."""
    key = template.rpartition("/")[2].replace("search", "entries")
    whole = check(template, filled.get(f"{ROOT}{template}?{LISTS[template]}"))
    parts = list[Any]()
    after: str | None = ""
    while after is not None:
        cursor = f"&after={quote(after)}" if after else ""
        page = check(template, filled.get(f"{ROOT}{template}?{LISTS[template]}&limit=1{cursor}"))
        parts += page[key]
        after = page["next"]
    stale = filled.get(f"{ROOT}{template}?{LISTS[template]}&after=nothing")

    assert whole[key] == parts
    assert whole["next"] is None
    assert 400 == stale.status
    check(template, stale)


@pytest.mark.parametrize(
    ("template", "asked", "said"),
    [
        ("/alerts", "/alerts?stage=sold", "there is no stage"),
        ("/alerts", "/alerts?limit=0", "a whole number from 1 to 200"),
        ("/alerts", "/alerts?limit=٣", "a whole number from 1 to 200"),
        ("/alerts", "/alerts?after=x", "that page does not exist"),
        ("/flows", "/flows?since=soon", "“since” is no time"),
        ("/stories/{id}", "/stories/s-99", "there is no story 's-99'"),
        ("/deliveries", "/deliveries?state=lost", "there is no state 'lost'"),
        ("/entries/search", "/entries/search", "?q= is missing"),
        ("/decisions", "/decisions?ref=" + "x" * 3000, "?ref= is too long"),
    ],
)
def test_questions_that_make_no_sense(
    filled: Visitor, template: str, asked: str, said: str
) -> None:
    """A problem that says what would be right."""
    problem = check(template, filled.get(ROOT + quote(asked, safe="/?=&%")))

    assert said in problem["detail"]
    assert problem["status"] in (400, 404)


def _parameters(template: str) -> list[Mapping[str, Any]]:
    return [p for p in OPENAPI["paths"][template]["get"]["parameters"] if p["in"] == "query"]


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize("template", sorted(EXAMPLES))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_is_asked_is_answered_as_described(
    filled: Visitor, template: str, data: st.DataObject
) -> None:
    """No query, sensible or not, is answered but by what the description promises."""
    names = [p["name"] for p in _parameters(template)]
    given_ = data.draw(st.dictionaries(st.sampled_from(names), WORDS)) if names else {}
    query = "&".join(f"{k}={quote(v, safe='')}" for k, v in given_.items())
    where = template.replace("{id}", quote(data.draw(WORDS.filter(bool)), safe=""))
    answer = filled.get(f"{ROOT}{where}?{query}")

    if "/" in where.removeprefix("/stories/") and "{id}" in template and answer.status == 404:
        return  # another path altogether
    check(template, answer)


def test_schemathesis_finds_nothing(filled: Visitor, tmp_path: Path) -> None:
    """No server error, no answer beside the description, over every operation."""
    home = f"http://{filled.address}{ROOT}"
    # The description does not list parties and topics: those of one configuration are its own.
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    ran = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run", f"{home}/openapi.json",
         "--url", home, "--checks", checks, "--phases", "examples,fuzzing",
         "--max-examples", "8", "--no-color"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert 0 == ran.returncode, ran.stdout[-3000:] + ran.stderr[-1000:]


def test_a_token_opens_it(store: Store) -> None:
    """Without it 401, with it as a bearer 200; it opens nothing that writes."""
    with console(store, ConsoleSettings(listen="", token=Secret(TOKEN))) as web:
        assert 401 == web.get(f"{ROOT}/alerts").status
        assert 401 == web.get(f"{ROOT}/alerts", authorization="Bearer wrong").status
        assert 200 == web.get(f"{ROOT}/alerts", authorization=f"Bearer {TOKEN}").status
        assert 401 == web.ask("POST", "/mute", b"x=1", authorization=f"Bearer {TOKEN}").status


def test_what_has_no_place_in_json() -> None:
    """A bug is not hidden as text."""
    with pytest.raises(TypeError, match="set has no place in JSON"):
        dumps({"a": {1}})
