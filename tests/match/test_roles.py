"""Sides are read off order, marks and company, each cue in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.languages import Grammar
from monitor.match.cues import _makers, cues_of, pair_cues
from monitor.match.marks import marked, passive
from monitor.match.matching import reading
from monitor.match.roles import SECTIONS, Party, Roles, count, shares, sides, weigh
from monitor.match.scene import Find
from tests.conftest import NOW
from tests.match.conftest import CONCEPTS, entry, seen, small


def cues(title: str, place: int = 0, summary: str = "") -> list[str]:
    return cues_of(seen(title, summary).scene)[place][1]


def weights(**given: dict[str, float]) -> dict[str, dict[str, float]]:
    return {name: given.get(name, {}) for name in SECTIONS}


@pytest.mark.parametrize(
    ("title", "place", "cue"),
    [
        ("Arland sells tanks to Borland", 0, "first bare before give (svo)"),
        ("Arland sells tanks to Borland", 1, "mark=to"),
        ("Arland sells tanks to Borland", 1, "party 2, last"),
        ("tanks from Arland", 0, "mark=from"),
        ("Borlandish tanks", 0, "form=adjective"),
        ("Borland-made tanks", 0, "mark=then made"),
        ("Borland's tanks", 0, "mark=then of"),
        ("Borland says tanks come", 0, "mark=bare"),
        ("tanks sold by Arland", 0, "first by after passive give"),
        ("tanks be sold for Arland", 0, "first to after passive give"),
        ("Arland tanks", 0, "only party"),
        ("Arland and Borland and Corland sell tanks", 2, "a later party, last"),
        ("Arland wants tanks", 0, "before requested (svo)"),
        ("Arland lifts embargo on tanks", 0, "before embargo.word (svo)"),
        ("Arland waits while Borland sells tanks", 0, "before give (svo)"),
        ("Arland sells bread while Borland sells tanks", 0, "no good in its clause"),
        ("Zap-9 of Corland for Arland", 0, "makes a system named"),
        ("Zap-9 of Corland for Arland", 1, "another makes the system"),
        ("Acme sells Corland tanks", 1, "home of a company named"),
        ("Acme sells Arland tanks", 1, "a company is named"),
        ("Arland not tanks", 0, "it | negation"),
        ("Arland army sells tanks", 0, "it | war"),
        ("Arland attack on tanks", 0, "it | war"),
        ("Arland match on tanks", 0, "it | good"),
        ("Arland may get tanks", 0, "it | good"),
        ("Arland refuses Borlandish tanks", 0, "refuses another's transfer"),
        ("Arland refuses Borlandish tanks", 1, "another refuses its transfer"),
        ("Arland refuses Borland's sale of tanks", 1, "another refuses its transfer"),
        ("Borlandish tanks, refuses by Arland", 0, "another refuses its transfer"),
        ("Borlandish tanks, refuses by Arland", 1, "refuses another's transfer"),
    ],
)
def test_cues(title: str, place: int, cue: str) -> None:
    """What is said about a party is a cue with a name."""
    assert cue in cues(title, place)


@pytest.mark.parametrize(
    "title",
    [
        "Arland refuses tanks",
        "Arland refuses Arland's tanks",
        "Arland sells Borlandish tanks",
        "refuses Borlandish tanks",
        "Borlandish tanks, Arland refuses",
        "Arland refuses Borland buys tanks",
        "Arland refuses Borland's buys of tanks",
        "Arland refuses Borlandish",
        "Arland refuses Borland",
        "Arland says Borland's, refuses",
    ],
)
def test_who_refuses_his_own_refuses_no_other(title: str) -> None:
    """Only the goods of another, named as his, make a third party of the one who refuses."""
    found = cues_of(seen(f"missiles: {title}").scene)
    assert not [cue for _, own in found for cue in own if "refuses" in cue and "transfer" in cue]


def test_below_the_title_is_said() -> None:
    """A cue knows the title from what stands below."""
    assert "below" in cues("Tanks", 0, "Arland sells them")


def test_exporters_are_known() -> None:
    """Who sells arms to the world is a cue; who does not is none."""
    found = {
        exports: list(_makers(Find(0, 1, "actor", ("aa",), exports=exports), seen("tanks").scene))
        for exports in ("great", "lesser", "")
    }
    assert ["a great exporter of arms"] == found["great"]
    assert ["an exporter of arms"] == found["lesser"]
    assert [] == found[""]


def test_far_acts_say_nothing() -> None:
    """An act twenty words away has nothing to do with a name."""
    far = " and so on and on" * 5
    assert not [c for c in cues(f"Arland{far} sells tanks") if "give" in c and "(svo)" in c]


def case_of(title: str, grammar: Grammar) -> list[str]:
    rules = small(concepts=CONCEPTS)
    scene = reading(entry(title), rules, NOW).scene
    scene.grammar = grammar
    return [
        marked(a, [f for f in scene.finds if f.end <= a.start],
               [f for f in scene.finds if f.start >= a.end], scene)
        for a in scene.of("actor")
    ]  # fmt: skip


def test_cases_of_names() -> None:
    """An ending, a particle or a clitic says what the name is there for; the longest counts."""
    endings = Grammar(code="x", cases={"'ya": "to", "ya": "to", "nd": "subject"})
    assert ["to", "subject"] == case_of("tanks Borland'ya Corland", endings)
    particles = Grammar(code="x", scripts=("hangul",), cases={"에게": "to"})
    assert ["to", "bare"] == case_of("tanks Borland 에게 Corland", particles)
    clitics = Grammar(code="x", prefix_cases={"l-": "to"})
    assert ["to", "bare"] == case_of("tanks l-Borland, - Corland", clitics)


def test_an_ending_ends_its_word() -> None:
    """Letters that only begin like an ending are none; particles may follow one another."""
    particles = Grammar(code="x", scripts=("hangul",), cases={"이": "subject"}, suffixes=(("만",),))
    assert ["subject", "bare"] == case_of("tanks Borland 이 Corland 이란", particles)
    assert ["subject"] == case_of("tanks Borland 이만", particles)
    long = Grammar(code="x", scripts=("devanagari",), cases={"के द्वारा ": "by"})
    assert ["by"] == case_of("tanks Borland के द्वारा", long)
    glued = Grammar(code="x", spaces=False, scripts=("kana", "han"), cases={"向": "to"})
    assert ["to"] == case_of("tanks Borland向戦車", glued)


def test_from_outranks_an_ending() -> None:
    """What comes "from" a name does not go to it, whatever its ending; "with" stays with."""
    endings = Grammar(code="x", cases={"nd": "to"})
    assert ["from"] == case_of("tanks from Borland", endings)
    together = Grammar(code="x", cases={"nd": "with"})
    assert ["with"] == case_of("tanks from Borland", together)


def test_a_postposition_marks_what_stands_before_it() -> None:
    """Where small words follow their names, none marks the next name, unless glued to it."""
    after = Grammar(code="x", order="sov", postpositions=True)
    assert ["then to", "bare"] == case_of("tanks Arland to Borland", after)
    assert ["bare", "to"] == case_of("tanks Arland, -to-Borland", Grammar(code="x"))
    assert ["from"] == case_of("tanks made 'from'Borland", Grammar(code="x"))
    glued = small(concepts={**CONCEPTS, "mark.from": ("pro-",)})
    scene = reading(entry("tanks pro-Borland"), glued, NOW).scene
    scene.grammar = after
    (party,) = scene.of("actor")
    assert "from" == marked(party, [f for f in scene.finds if f.end <= party.start], (), scene)


@pytest.mark.parametrize(
    ("title", "order", "there"),
    [
        ("tanks be sold", "svo", True),
        ("tanks sold be", "svo", False),
        ("tanks sold be", "sov", True),
        ("tanks sold by Arland", "svo", True),
        ("tanks sold to Arland", "sov", False),
    ],
)
def test_the_passive_stands_on_the_side_of_its_language(
    title: str, order: str, there: bool
) -> None:
    """Its auxiliary precedes the act, or follows it where verbs come last."""
    scene = seen(title).scene
    (act,) = scene.of("transfer")
    assert there is passive(act, scene.finds, Grammar(code="x", order=order))


def test_pairs_say_how_two_stand() -> None:
    """Two names in one sentence stand in an order, with acts and marks between."""
    scene = seen("Arland sells tanks to Borland").scene
    one, other = scene.of("actor")
    assert "supplier first: give between" in pair_cues([one], [other], scene)
    assert "recipient first: give between" in pair_cues([other], [one], scene)
    assert "supplier first: bare … to" in pair_cues([one], [other], scene)
    near = seen("Borlandish Arland tanks sent as sold").scene
    first, second = near.of("actor")
    assert "supplier first: nothing alone between" in pair_cues([first], [second], near)
    assert "supplier first: bare adjective … bare" in pair_cues([first], [second], near)
    long = seen("Arland wants and sells tanks to Borland").scene
    assert "supplier first: stage.requested … give between" in pair_cues(
        [long.of("actor")[0]], [long.of("actor")[1]], long
    )
    apart = seen("Arland sells tanks. Borland is glad.").scene
    assert ["supplier and recipient in different sentences"] == pair_cues(
        [apart.of("actor")[0]], [apart.of("actor")[1]], apart
    )


def test_one_gives_where_the_other_takes() -> None:
    """A name that could be either is read in the light of the other."""
    own = weights(
        supplier={"first bare before give (svo)": 3.0, "bias": -1.0},
        recipient={"bias": -1.0},
        sides={count(1, 1): 4.0},
    )
    found = weigh(*sides(seen("Arland sells tanks, Borland").scene), own)
    assert (("aa",), ("bb",)) == (found.of("supplier"), found.of("recipient"))
    assert ["supplier", "recipient"] == [party.role for party in found.parties]


def test_nobody_has_a_role_without_reason() -> None:
    """Without weights no role is likelier than none."""
    found = weigh(*sides(seen("Arland, Borland, tanks").scene), weights())
    assert ["", ""] == [party.role for party in found.parties]
    assert () == found.of("supplier")
    assert Roles().likeliest("supplier") is None
    nobody = weigh(*sides(seen("tanks").scene), weights())
    assert [] == nobody.parties


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=4))
def test_chances_add_up(biases: list[float]) -> None:
    """However steep the weights, each party's chances are chances."""
    parties = [Party(str(i), [], {str(i): 1.0}) for i in range(len(biases))]
    own = weights(supplier={str(i): b for i, b in enumerate(biases)}, recipient={"0": -1.0})
    pairs = {(i, j): ["x"] for i in range(len(biases)) for j in range(len(biases)) if i != j}
    for party in weigh(parties, pairs, own).parties:
        assert 0.0 <= party.supplier <= 1.0
        assert 0.0 <= party.recipient <= 1.0
        assert party.supplier + party.recipient <= 1.0 + 1e-9
        assert party.supplier == party.chance("supplier")
        assert party.recipient == party.chance("recipient")


def test_every_way_to_share_is_there_once() -> None:
    """Three choices for each party, each combination once."""
    assert ((),) == shares(0)
    assert 27 == len(set(shares(3)))
    assert "2 suppliers, 0 recipients" == count(5, 0)
