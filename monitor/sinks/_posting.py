"""One POST through the gate, and what its answer means for a delivery."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from monitor.config.reading import Table
from monitor.egress import Egress, Limits, Request, Response
from monitor.model import Failed, Outcome, Verdict
from monitor.secret import Secret, parts, redact

ANSWER_BYTES: Final = 2_048
_THROTTLED: Final = (429, 502, 503, 504)
_LONGEST: Final = timedelta(hours=24)


def post(
    egress: Egress,
    url: Secret,
    headers: Mapping[str, str],
    body: bytes,
    *,
    hidden: Sequence[Secret],
    timeout: timedelta,
    now: datetime,
) -> Outcome:
    """What came of posting the body, as `exchange` has it."""
    return exchange(
        egress,
        url.reveal(),
        headers,
        body,
        hidden=(*hidden, *parts(url)),
        timeout=timeout,
        now=now,
    )[0]


def exchange(
    egress: Egress,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    hidden: Sequence[Secret],
    timeout: timedelta,
    now: datetime,
    most: int = ANSWER_BYTES,
) -> tuple[Outcome, bytes]:
    """
    What came of posting the body, and the first `most` bytes of the answer (b"" when there is
    none); no redirect is followed.

    Only 2xx is success. 410 is the receiver's last word; everything else is worth another try,
    because a receiver being redeployed answers 404 as readily as 500.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    asked = Request(
        url=url,
        method="POST",
        headers=headers,
        body=body,
        limits=Limits(body_bytes=most, truncate=True, total_timeout=timeout),
    )
    answer = egress.send(asked, now)
    if isinstance(answer, Failed):
        return _unanswered(answer, hidden), b""
    outcome = Outcome(
        verdict=_verdict(answer.status),
        reason="" if answer.status // 100 == 2 else str(answer.status),
        status=answer.status,
        retry_after=_patience(answer, now),
        answer=shown(answer.body.decode("utf-8", "replace"), hidden),
        milliseconds=answer.milliseconds,
    )
    return outcome, answer.body


def _unanswered(failed: Failed, hidden: Sequence[Secret]) -> Outcome:
    return Outcome(
        verdict=Verdict.RETRY,
        reason=failed.reason.value,
        answer=shown(failed.detail, hidden),
        milliseconds=failed.milliseconds,
    )


def _verdict(status: int) -> Verdict:
    if status // 100 == 2:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.RETRY


def _patience(answer: Response, now: datetime) -> timedelta | None:
    """What the receiver asks for when it is busy; None when it does not say."""
    if answer.status not in _THROTTLED:
        return None
    return retry_after(answer.header("retry-after"), now)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """
    The wait of a Retry-After of either form, a day at most; None when it is neither.

    Source: RFC 9110 §10.2.3.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        # Cut before int(): a thousand digits are an OverflowError for timedelta.
        return min(timedelta(seconds=int(value[:9])), _LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), _LONGEST)


def shown(answer: str, hidden: Sequence[Secret]) -> str:
    """The first 2 kB of an answer as it may be kept: no secret, no control character."""
    clean = "".join(c if c.isprintable() else " " for c in redact(answer, hidden))
    return clean.encode("utf-8", "replace")[:ANSWER_BYTES].decode("utf-8", "ignore")


def address(table: Table, key: str) -> Secret:
    """
    An http(s) URL, kept secret because services put their tokens into it.

    What is wrong is reported without repeating it.
    """
    url = table.secret(key)
    value = url.reveal()
    if not value:
        return url
    try:
        found = urlsplit(value)
        good = found.scheme in ("http", "https") and bool(found.hostname) and not found.username
        good = good and (found.port is None or found.port > 0)
    except ValueError:
        good = False
    if not good or not value.isascii() or any(c <= " " for c in value):
        table.fault(key, "is no address to post to", 'write "https://host/path"')
    return url
