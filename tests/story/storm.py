"""One report as forty outlets print it: syndicated, retitled, shortened, translated."""

from datetime import UTC, datetime, timedelta

from monitor.model import Act, Entry, Match, Stage

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
TITLE = "Norway to supply 54 K9 howitzers to Latvia in $320 million deal"
LEAD = (
    "OSLO (Reuters) - Norway will supply Latvia with 54 self-propelled howitzers under an agreement "
    "worth $320 million, the defence ministry said on Monday."
)
RETITLED = (
    "Norway to supply Latvia with 54 howitzers in $320 million deal",
    "Norway will supply 54 K9 howitzers to Latvia",
    "Latvia to receive 54 howitzers from Norway in $320m deal",
    "Norway agrees $320 million howitzer deal with Latvia",
    "Norway, Latvia sign $320 million deal for 54 howitzers",
    "Latvia gets 54 Norwegian howitzers",
    "Norwegian howitzers for Latvia: $320m deal signed",
)
TRANSLATED = (
    ("de", "Norwegen liefert Lettland 54 Haubitzen für 320 Millionen Dollar"),
    ("fr", "La Norvège va fournir 54 obusiers à la Lettonie pour 320 millions de dollars"),
    ("ru", "Норвегия поставит Латвии 54 гаубицы на 320 млн долларов"),
    ("es", "Noruega suministrará 54 obuses a Letonia por 320 millones de dólares"),
)
ACT = Act(
    stage=Stage.AGREED,
    suppliers=("no",),
    recipients=("lv",),
    categories=("artillery",),
    systems=("k9",),
    quantity="54 K9 howitzers",
)


def report(number: int, title: str, summary: str = "", language: str = "en") -> Entry:
    """The report as the outlet of this number has it, 25 minutes after the one before."""
    return Entry(
        feed_id=f"feed-{number}",
        id=f"item-{number}",
        url=f"https://paper{number}.example/world/{number:05d}",
        title=title,
        summary=summary,
        language=language,
        outlet=f"paper{number}.example",
        published=START + timedelta(minutes=25 * number),
    )


def storm() -> list[Entry]:
    """Forty entries, oldest first."""
    found = [report(n, TITLE, LEAD) for n in range(14)]
    found += [report(n, f"{TITLE} | Paper {n}", LEAD[:90]) for n in range(14, 22)]
    found += [report(22 + n, title, LEAD) for n, title in enumerate(RETITLED)]
    found += [report(29 + n, title) for n, title in enumerate(RETITLED)]
    found += [report(36 + n, title, "", code) for n, (code, title) in enumerate(TRANSLATED)]
    return found


def matched(language: str = "en", act: Act | None = ACT) -> tuple[Match, ...]:
    """What the detector makes of it."""
    return (
        Match(
            topic="arms-transfers", flagged=True, score=0.9, threshold=0.5, rule_version="1",
            language=language, act=act,
        ),
    )  # fmt: skip
