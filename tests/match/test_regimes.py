"""Which embargoes stand between the parties of a transfer on its day."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import entities, regimes
from monitor.config.reading import Problems
from monitor.config.regimes import RegimeRow
from monitor.match.regimes import facts, in_force
from monitor.model import Act, Stage

CONFIG = Path(__file__).parents[2] / "config"

# day, stage, suppliers, recipients, categories → embargoes, the most binding first
TRANSFERS = """
    2022-09-06  requested    kp     ru           artillery    → un-kp
    2024-06-20  delivered    kp     ru           missile      → un-kp
    2005-03-01  delivered    kp     sy           missile      →
    2024-01-15  agreed       cn     kp           unspecified  → un-kp
    2022-10-20  delivered    ir     ru           uav          → un-ir-missiles
    2019-05-01  agreed       ru     ir           air_defence  →
    2015-04-13  agreed       ru     ir           aircraft     → un-ir-2010
    2021-02-01  offered      ru     ir           aircraft     →
    2025-09-27  agreed       ru     ir           aircraft     →
    2025-10-02  agreed       ru     ir           aircraft     → un-ir
    2025-10-02  agreed       ru     ir           small_arms   →
    2025-11-01  delivered    ir     ve           uav          → un-ir-exports
    2018-06-01  reported     ir     houthis      missile      → un-ir-exports-2007 un-ye un-ir-missiles
    2015-04-01  delivered    ir     houthis      small_arms   → un-ir-exports-2007
    2024-02-01  intercepted  ir     houthis      missile      → un-ye
    2023-05-01  intercepted  ir     ye           small_arms   → un-ye
    2020-07-01  delivered    sa     ye           unspecified  →
    2020-01-10  delivered    tr     ly           uav          → un-ly
    2020-05-26  delivered    ru     haftar       aircraft     → un-ly
    2010-06-01  agreed       ru     ly           aircraft     →
    2024-07-01  delivered    ae     rsf          uav          → un-sd
    2018-07-12  agreed       ua     ss           small_arms   →
    2018-08-01  agreed       ua     ss           small_arms   → un-ss
    2023-11-30  delivered    tr     so           small_arms   → un-so
    2023-12-02  delivered    tr     so           small_arms   →
    2024-03-01  delivered    et     al-shabaab   small_arms   → un-so
    2019-01-01  agreed       cn     cd           uav          →
    2023-08-01  delivered    rw     m23          small_arms   → un-cd
    2023-06-01  delivered    ru     cf           aircraft     → un-cf
    2024-09-01  delivered    ru     cf           aircraft     →
    2025-05-25  intercepted  us     haitian-gangs  small_arms → un-ht us-ht
    2023-11-01  delivered    ir     hezbollah    missile      → un-lb
    2020-01-01  agreed       fr     lb           missile      →
    2014-08-01  delivered    de     isis         small_arms   → un-isil eu-isil
    2021-09-01  delivered    pk     taliban      small_arms   → un-taliban
    2003-01-01  agreed       ru     iq           tank         → un-iq
    2010-01-01  agreed       us     iq           tank         →
    2018-11-13  delivered    er     et           small_arms   → un-er
    2018-11-15  agreed       ru     er           small_arms   →
    2021-03-01  agreed       fr     cn           helicopter   → eu-cn
    2021-03-01  agreed       us     cn           aircraft     → us-cn
    2021-03-01  agreed       ru     cn           aircraft     →
    2012-03-01  agreed       fr     ru           ship         →
    2014-09-03  refused      fr     ru           ship         → eu-ru
    2023-01-25  agreed       in     ru           components   →
    2020-06-01  agreed       gb     ru           components   → eu-ru
    2021-06-01  agreed       gb     ru           components   → uk-ru
    2012-03-01  delivered    gb     sy           small_arms   → eu-sy
    2014-03-01  delivered    fr     sy           small_arms   →
    2022-02-01  agreed       de,ch  mm           components   → eu-mm ch-mm
    2022-02-01  delivered    ru     mm           aircraft     →
    2021-12-08  agreed       us     kh           unspecified  →
    2022-01-08  agreed       us     kh           unspecified  → us-kh
    2025-11-08  agreed       us     kh           unspecified  →
    2025-09-01  refused      de     il           unspecified  → de-il
    2025-12-01  agreed       de     il           unspecified  →
    2022-05-01  agreed       us     sa           bomb         → us-sa
    2022-05-01  agreed       us     sa           air_defence  →
    2024-09-01  agreed       us     sa           bomb         →
    2021-05-01  refused      se     tr           aircraft     → se-tr
    2024-06-01  agreed       il     co           aircraft     → co-il
    2020-10-01  agreed       cz     az           artillery    → osce-am-az
    2020-10-01  agreed       il     az           uav          →
    2012-06-01  agreed       hr     by           small_arms   →
    2014-06-01  agreed       hr     by           small_arms   → eu-by
    2023-05-01  agreed       de     ua           tank         →
    2024-06-01  delivered    -      sd           uav          → un-sd
    2024-06-01  delivered    -      by           uav          →
    2024-06-01  embargo      eu     by           unspecified  → eu-by
    2026-01-01  embargo      -      ye           unspecified  → un-ye eu-ye ch-ye uk-ye
    2026-01-01  embargo      -      mm           unspecified  → eu-mm au-mm ca-mm ch-mm uk-mm us-mm
    2024-01-01  embargo      kp     -            missile      → un-kp eu-kp ca-kp ch-kp uk-kp us-kp
    2024-01-01  embargo      us     -            unspecified  →
"""


@pytest.fixture(scope="module")
def rows() -> tuple[RegimeRow, ...]:
    problems = Problems(CONFIG)
    found = regimes.read(CONFIG, problems, {})
    assert [] == problems.lines
    return found


def ids(cell: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(cell.split(","))


@pytest.mark.parametrize("line", TRANSFERS.strip().splitlines(), ids=lambda line: " ".join(line.split()[:4]))  # fmt: skip
def test_transfer_meets_the_embargoes_of_its_day(line: str, rows: tuple[RegimeRow, ...]) -> None:
    """Real embargoes, made-up transfers: whoever is bound, on either side, on that date."""
    told, _, expected = line.partition("→")
    day, stage, suppliers, recipients, categories = told.split()
    act = Act(
        stage=Stage(stage),
        suppliers=ids(suppliers),
        recipients=ids(recipients),
        categories=ids(categories),
    )

    assert tuple(expected.split()) == in_force(act, date.fromisoformat(day), rows)


def test_every_party_of_a_regime_can_be_named(rows: tuple[RegimeRow, ...]) -> None:
    """An embargo on somebody no text can name would never be found."""
    known = entities.read(CONFIG, Problems(CONFIG), {}).entities
    meant = {id for row in rows for id in (*row.targets, *row.parties, *row.exempt, *row.bound)}

    assert set() == meant - known.keys() - {"all"}


def test_fact_says_what_is_doubtful(rows: tuple[RegimeRow, ...]) -> None:
    """Disputed, unverified, political, lifted, exempt: a reader sees it beside the legal act."""
    known: Mapping[str, str] = {id: fact.note for id, fact in facts(rows).items()}

    assert "disputed by Russia, China and Iran" in known["un-ir"]
    assert "renewal not verified after 2026-05-31" in known["un-ss"]
    assert "political commitment, not legally binding" in known["eu-cn"]
    assert "lifted 2018-11-14" in known["un-er"]
    assert "exempt: so since 2023-12-01" in known["un-so"]
    assert "exempt: ye;" in known["un-ye"]
    assert "status unknown" in known["eu-tr"]
    assert "low confidence" in known["eu-tr"]
    assert "" == known["eu-kp"]
    assert all(fact.act and fact.as_of for fact in facts(rows).values())


def row(**said: str | tuple[str, ...]) -> RegimeRow:
    return RegimeRow(id="x", name="x", **{"targets": ("kp",), **said})  # type: ignore[arg-type]


GIVEN = Act(stage=Stage.DELIVERED, suppliers=("ru",), recipients=("kp",), categories=("tank",))


def test_status_unknown_is_never_in_force() -> None:
    """What nobody could verify is shown where asked for, but raises no alarm."""
    assert ("x",) == in_force(GIVEN, date(2024, 1, 1), [row()])
    assert () == in_force(GIVEN, date(2024, 1, 1), [row(status="unknown")])


def test_month_and_year_begin_on_their_first_day() -> None:
    """A start or end known only by month or year counts from its first day."""
    dated = [row(start="2020-03", end="2022")]

    assert () == in_force(GIVEN, date(2020, 2, 29), dated)
    assert ("x",) == in_force(GIVEN, date(2020, 3, 1), dated)
    assert ("x",) == in_force(GIVEN, date(2021, 12, 31), dated)
    assert () == in_force(GIVEN, date(2022, 1, 1), dated)


def test_goods_without_a_category_may_be_any() -> None:
    """Military aid in general is not known to be outside an embargo on aircraft."""
    aid = Act(stage=Stage.AGREED, recipients=("kp",), categories=("aid_package",))

    assert ("x",) == in_force(aid, date(2024, 1, 1), [row(categories=("aircraft",))])
    assert () == in_force(GIVEN, date(2024, 1, 1), [row(categories=("aircraft",))])


@given(
    on=st.dates(date(1980, 1, 1), date(2030, 1, 1)),
    suppliers=st.lists(
        st.sampled_from(("ru", "kp", "ir", "de", "houthis", "eu", "zz")), max_size=2
    ),
    recipients=st.lists(st.sampled_from(("ru", "kp", "ye", "so", "houthis", "by")), max_size=2),
    stage=st.sampled_from(list(Stage)),
)
def test_more_parties_never_hide_an_embargo(
    rows: tuple[RegimeRow, ...],
    on: date,
    suppliers: list[str],
    recipients: list[str],
    stage: Stage,
) -> None:
    """Naming a third party beside the two takes nothing away; order of the rows is nothing."""
    two = Act(stage=stage, suppliers=("ir", *suppliers), recipients=("by", *recipients))
    three = Act(stage=stage, suppliers=(*two.suppliers, "cn"), recipients=(*two.recipients, "sd"))

    assert set(in_force(two, on, rows)) <= set(in_force(three, on, rows))
    assert in_force(two, on, rows) == in_force(two, on, rows[::-1])
