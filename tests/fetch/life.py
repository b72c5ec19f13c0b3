"""One feed's life as pipeline and store would lead it: poll, learn, wait, poll again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.egress import Egress, EgressSettings
from monitor.errors import ParseError
from monitor.fetch import Fetcher, missed, remember, turned_quiet
from monitor.fetch.politeness import failures, gap, pace
from monitor.model import (
    Claim,
    Entry,
    Failed,
    FailureReason,
    Feed,
    Fetched,
    Pace,
    Parsed,
    Unchanged,
    Validators,
)
from monitor.parse import read
from tests.conftest import NOW

AGENT = "arms-monitor/0 (+https://example.org/contact)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The [poll] settings that matter to the client."""

    default_interval: timedelta = timedelta(minutes=15)
    min_interval: timedelta = timedelta(minutes=5)
    max_interval: timedelta = timedelta(hours=24)
    max_body_bytes: int = 5_000_000
    timeout: timedelta = timedelta(seconds=5)


def gate() -> Egress:
    return Egress(EgressSettings(allow_private=("127.0.0.1/32",), user_agent=AGENT))


def feed(url: str, **changed: object) -> Feed:
    made = Feed(id="f", url=url, language="", outlet="feed.example")
    return replace(made, **changed)  # type: ignore[arg-type]


def claim(url: str = "https://feed.example/feed", **changed: object) -> Claim:
    made = Claim(feed=feed(url), fence=1, validators=Validators(), first=True)
    return replace(made, **changed)  # type: ignore[arg-type]


Outcome = Fetched | Unchanged | Failed


@dataclass(slots=True)
class Life:
    """Everything that a store would keep of one feed, and what came of each poll."""

    claim: Claim
    poll: Poll = Poll()
    now: datetime = NOW
    fetcher: Fetcher = field(init=False)
    outcomes: list[Outcome] = field(default_factory=list)
    paces: list[Pace] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    gaps: int = 0
    quiets: int = 0

    def __post_init__(self) -> None:
        self.fetcher = Fetcher(gate(), self.poll)

    def once(self) -> Outcome:
        """One poll now; then it is the moment of the next."""
        outcome: Outcome = self.fetcher.fetch(self.claim, self.now)
        parsed: Parsed | None = None
        if isinstance(outcome, Fetched):
            try:
                found = read(outcome, self.claim.feed, self.claim.known, 50_000)
                parsed = missed(self.claim, found)
            except ParseError as e:
                outcome = Failed(reason=FailureReason.NOT_A_FEED, detail=str(e), at=self.now)
        self._learn(outcome, parsed)
        return outcome

    def _learn(self, outcome: Outcome, parsed: Parsed | None) -> None:
        known = remember(self.claim, outcome, parsed, self.now)
        planned = pace(self.claim, outcome, parsed, self.poll, self.now)
        for entry in parsed.entries if parsed else ():
            self.entries.setdefault(entry.id, entry)
        self.gaps += gap(self.claim, parsed)
        self.quiets += turned_quiet(self.claim, known, self.now)
        self.outcomes.append(outcome)
        self.paces.append(planned)
        good = not isinstance(outcome, Failed)
        self.claim = replace(
            self.claim,
            fence=self.claim.fence + 1,
            failures=failures(self.claim, outcome),
            known=known,
            interval=planned.interval,
            first=self.claim.first and not good,
            validators=self.claim.validators if isinstance(outcome, Failed) else outcome.validators,
            polled_at=self.now if good else self.claim.polled_at,
        )
        self.now = planned.next_due

    def until(self, moment: datetime) -> int:
        """Poll whenever due before then; how many polls it was."""
        count = 0
        while self.now < moment:
            self.once()
            count += 1
        return count

    def steps(self) -> list[timedelta]:
        """Between each poll and the next."""
        return [p.next_due - o.at for o, p in zip(self.outcomes, self.paces, strict=True)]


def rss(*names: str, head: str = "", at: Mapping[str, str] | None = None) -> bytes:
    """A feed of items so named; `at` gives some of them a pubDate."""
    dates = at or {}
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><title>Title {n}</title>"
        f"<link>https://feed.example/{n}</link>"
        + (f"<pubDate>{dates[n]}</pubDate>" if n in dates else "")
        + "</item>\n"
        for n in names
    )
    return f"<rss version='2.0'><channel><title>t</title>{head}\n{items}</channel></rss>".encode()
