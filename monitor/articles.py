"""
Articles behind entries that a feed tells too little of: one request a visit, then judged again.

    ArticleClaim → robots.txt? → page → text → match → [ tell → alert → settle ]

What is to be read stands in the store, so that a kill loses nothing; the entry itself was judged
and committed before, and nothing here touches it.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from monitor import log, rejudging
from monitor.errors import StoreError
from monitor.fetch import robots as rules
from monitor.fetch.article import Moved, Pages
from monitor.fetch.hosts import Hosts
from monitor.fetch.shared import SharedHosts
from monitor.metrics import Metrics
from monitor.model import (
    ArticleChanges,
    ArticleClaim,
    ArticleState,
    Failed,
    FailureReason,
    Feed,
    Fetched,
    Parsed,
)
from monitor.pipeline import Stages, decide
from monitor.rejudging import CAPPED, OFF
from monitor.sandbox import Parser

_READERS: Final = 2  # threads
_LOOKED_AT: Final = 100  # hosts a round
_LEASE: Final = timedelta(minutes=3)
_LONGEST_CLOSED: Final = timedelta(hours=1)
_log = log.get("articles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What visits go by now; a reload brings another one."""

    stages: Stages
    hosts: Hosts | SharedHosts
    pages: Pages
    modes: Mapping[str, str] = field(default_factory=dict)  # of feeds with one of their own

    def off(self, feed_id: str) -> bool:
        """Whether nobody wants the articles of this feed any more."""
        return (self.modes.get(feed_id) or self.stages.full_text.mode) == "off"


class Articles:
    """Thread-safe; two visits at once, never two to one host closer than its spacing."""

    def __init__(
        self,
        course: Callable[[], Reading],
        *,
        owner: str,
        metrics: Metrics,
        on_alert: Callable[[], None],
    ) -> None:
        """`on_alert` is called after a commit that put something into the outbox."""
        self._course, self._owner = course, owner
        self._metrics, self._on_alert = metrics, on_alert
        self._lock = threading.Lock()
        self._flying: dict[Future[None], ArticleClaim] = {}
        self._opens: dict[str, float] = {}  # host → monotonic: not before this
        self._stopping = False
        self._pool = ThreadPoolExecutor(_READERS, "article")
        # A child of its own: what reads articles is three times as big as what reads feeds.
        settings = course().stages.full_text
        self._parser = Parser(reads="articles", timeout=settings.parse_timeout)

    def round(self) -> int:
        """
        Start a visit for what is due, as far as there are places; how many.

        Raises:
            StoreError: nothing was started.
        """
        with self._lock:
            busy = {claim.number for claim in self._flying.values()}
        if len(busy) >= _READERS or self._stopping:
            return 0
        course, started = self._course(), 0
        now = course.stages.now()
        for claim in course.stages.store.articles_due(now, _LOOKED_AT):
            if claim.number in busy or self._opens.get(claim.host, 0.0) > monotonic():
                continue
            asks = self._asks(claim, course, now)
            if not asks or self._enter(claim, course, now):
                started += self._fly(claim, course, asks=asks)
            if started + len(busy) >= _READERS:
                break
        return started

    def _asks(self, claim: ArticleClaim, course: Reading, now: datetime) -> bool:
        """Whether a visit comes to a request: what is only written off takes nobody's turn."""
        stages = course.stages
        if course.off(claim.entry.feed_id) or claim.today >= stages.full_text.daily:
            return False
        said = stages.store.robots(rules.origin(claim.url))
        return said is None or said.until <= now or rules.allowed(said, claim.url)

    def _enter(self, claim: ArticleClaim, course: Reading, now: datetime) -> bool:
        delay = course.hosts.enter(claim.url, now)
        if delay > timedelta(0):
            self._opens[claim.host] = monotonic() + delay.total_seconds()
        else:
            self._opens.pop(claim.host, None)
        return delay <= timedelta(0)

    def _fly(self, claim: ArticleClaim, course: Reading, *, asks: bool) -> bool:
        with self._lock:  # so that stop() sees it either not begun or under way
            future = None
            if not self._stopping:
                future = self._pool.submit(self._visit, claim, course, asks)
                self._flying[future] = claim
        if future is None:
            if asks:
                course.hosts.leave(claim.url)
            return False
        future.add_done_callback(self._landed)
        return True

    def _landed(self, future: Future[None]) -> None:
        with self._lock:
            self._flying.pop(future)

    def sweep(self, patience: timedelta) -> None:
        """Visit until nothing is due any more, or patience ran out; for whoever is alone."""
        deadline = monotonic() + patience.total_seconds()
        while monotonic() < deadline:
            started, course = self.round(), self._course()
            with self._lock:
                flying = set(self._flying)
            if flying:
                wait_for(flying, timeout=0.05)
            elif not started and not course.stages.store.articles_due(course.stages.now(), 1):
                return
            else:
                threading.Event().wait(0.05)

    def settle(self, patience: timedelta) -> bool:
        """Wait until no visit is under way; False when patience ran out first."""
        with self._lock:
            flying = set(self._flying)
        return not wait_for(flying, timeout=max(0.0, patience.total_seconds())).not_done

    def stop(self, patience: timedelta) -> bool:
        """
        Begin no visit any more and wait for those under way; True when none is left.

        One that takes too long keeps its lease until that runs out; then another visit is made.
        """
        with self._lock:
            self._stopping = True
        ended = self.settle(patience)
        self._pool.shutdown(wait=False, cancel_futures=True)
        if ended:
            self._parser.close()
        return ended

    # ── one visit ───────────────────────────────────────────────────────────────

    def _visit(self, claim: ArticleClaim, course: Reading, asks: bool) -> None:
        """`asks`: we have entered its host."""
        try:
            self._asked(claim, course, asks=asks)
        except StoreError as e:
            self._metrics.errors.labels("store").inc()
            _log.error("article not kept", feed=claim.entry.feed_id, why=str(e))
        except Exception:
            # One page's surprise must not end the others; its lease runs out, its tries too.
            self._metrics.errors.labels("article").inc()
            _log.exception("article broke", feed=claim.entry.feed_id, entry=claim.entry.id)
        finally:
            if asks:
                course.hosts.leave(claim.url)

    def _asked(self, claim: ArticleClaim, course: Reading, *, asks: bool) -> None:
        stages, now = course.stages, course.stages.now()
        unwanted = course.off(claim.entry.feed_id)
        said = stages.store.robots(rules.origin(claim.url))
        if (said is None or said.until <= now) and asks:
            # A request of its own: the article's turn comes after the host's spacing.
            stages.store.keep_robots(course.pages.robots(claim.url, now))
            return
        taken = stages.store.take_article(claim, now, owner=self._owner, lease=_LEASE)
        if taken is None:
            return
        claim, today = taken
        stages.checkpoint("after article claim")
        if unwanted:
            detail = "full_text was turned off before it was asked for"
            self._keep(rejudging.refused(claim, OFF, detail, now), stages)
        elif said and not rules.allowed(said, claim.url):
            self._keep(rejudging.barred(claim, said, now), stages)
        elif today > stages.full_text.daily:
            detail = f"{stages.full_text.daily} articles of {claim.host} were asked for today"
            self._keep(rejudging.refused(claim, CAPPED, detail, now), stages)
        elif claim.tries - claim.hops > stages.full_text.tries:  # it broke us each time
            detail = "nothing came of it, however often it was tried"
            broke = Failed(reason=FailureReason.PARSER_CRASH, detail=detail, at=now)
            self._keep(rejudging.failed(claim, broke, stages.full_text, now), stages)
        elif not asks:  # things have changed since we looked: in its host's turn, then
            self._keep(rejudging.later(claim, now), stages)
        else:
            if said and (pause := rules.delay(said)):
                course.hosts.close(claim.url, now + pause)
            self._fetched(claim, course)

    def _fetched(self, claim: ArticleClaim, course: Reading) -> None:
        stages = course.stages
        answer = course.pages.ask(claim, stages.now())
        stages.checkpoint("after article fetch")
        now = stages.now()
        if isinstance(answer, Moved):
            self._keep(rejudging.moved(claim, answer, now), stages)
            return
        if isinstance(answer, Failed):
            self._heed(claim, answer, course)
            self._keep(rejudging.failed(claim, answer, stages.full_text, now), stages)
            return
        found = self._text(claim, answer)
        if isinstance(found, Failed):
            self._keep(rejudging.failed(claim, found, stages.full_text, now), stages)
        else:
            self._judge(claim, found.entries[0].text, stages)

    def _heed(self, claim: ArticleClaim, answer: Failed, course: Reading) -> None:
        """A publisher that says Retry-After to one request means all of them."""
        asked = answer.freshness.retry_after
        if answer.reason is FailureReason.THROTTLED and asked:
            course.hosts.close(claim.url, answer.at + min(asked, _LONGEST_CLOSED))

    def _text(self, claim: ArticleClaim, page: Fetched) -> Parsed | Failed:
        entry = claim.entry
        feed = Feed(id=entry.feed_id, url=entry.url, language=entry.language, outlet=entry.outlet)
        return self._parser.parse(page, feed)

    def _judge(self, claim: ArticleClaim, text: str, stages: Stages) -> None:
        now = stages.now()
        judged = rejudging.judged(claim, text, stages.rules, now)
        if judged.flagged:
            stages.stories()  # made outside the lock, where nobody waits for it
        with stages.store.writing():
            changes = rejudging.read(claim, text, decide((judged,), stages, now), now)
            stages.checkpoint("before article commit")
            kept = stages.store.settle_article(changes)
        stages.checkpoint("after article commit")
        self._note(changes, kept=kept)

    def _keep(self, changes: ArticleChanges, stages: Stages) -> None:
        with stages.store.writing():
            kept = stages.store.settle_article(changes)
        self._note(changes, kept=kept)

    def _note(self, changes: ArticleChanges, *, kept: bool) -> None:
        """The log line and the metrics of one visit."""
        metrics, entry = self._metrics, changes.claim.entry
        outcome = changes.reason or changes.state.value if kept else "fence-lost"
        metrics.articles.labels(outcome).inc()
        _log.info("article looked for", feed=entry.feed_id, entry=entry.id, outcome=outcome,
                  state=changes.state.value, characters=len(changes.text),
                  flagged=len(changes.told), alerts=len(changes.alerts))  # fmt: skip
        if not kept or changes.state is not ArticleState.READ:
            return
        for decision in changes.decisions:
            if decision.match.flagged:
                metrics.article_decisions.labels(decision.match.topic).inc()
        for raised in changes.alerts:
            metrics.alerts.labels(raised.topic, raised.severity.value).inc()
            _log.info("alert raised", alert=raised.id, revision=raised.revision,
                      severity=raised.severity.value, title=raised.title)  # fmt: skip
        if changes.deliveries:
            self._on_alert()
