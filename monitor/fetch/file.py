"""Feeds that lie on this machine: fixtures, and drops where there is no network."""

import hashlib
import stat
from datetime import datetime
from os import fstat
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from monitor.model import Claim, Failed, FailureReason, Fetched, Unchanged, Validators

_TYPES = {".json": "application/json", ".xml": "", ".rss": "", ".atom": ""}


def read(claim: Claim, now: datetime, *, limit_bytes: int) -> Fetched | Unchanged | Failed:
    """The file's bytes; Unchanged when its time stamp or its bytes are as before."""
    path = Path(unquote(urlsplit(claim.feed.url).path))
    try:
        with path.open("rb") as stream:
            return _taken(claim, path, stream, now, limit_bytes)
    except (OSError, ValueError) as e:
        said = e.strerror if isinstance(e, OSError) else str(e)
        return _failed(f"{path.name}: {said}", now)


def _taken(
    claim: Claim, path: Path, stream: BinaryIO, now: datetime, limit_bytes: int
) -> Fetched | Unchanged | Failed:
    status = fstat(stream.fileno())
    if not stat.S_ISREG(status.st_mode):  # a pipe or device would block for ever
        return _failed(f"{path.name} is not a regular file", now)
    stamp = f'"{status.st_mtime_ns}-{status.st_size}"'
    if stamp == claim.validators.etag and claim.validators.body_sha256:
        return Unchanged(at=now, validators=claim.validators)
    body = stream.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        detail = f"{path.name} is over {limit_bytes} bytes"
        return Failed(reason=FailureReason.TOO_LARGE, detail=detail, at=now)
    if not body.strip():
        return Failed(reason=FailureReason.EMPTY, detail=f"{path.name} is empty", at=now)
    digest = hashlib.sha256(body).hexdigest()
    validators = Validators(etag=stamp, body_sha256=digest)
    if digest == claim.validators.body_sha256:
        return Unchanged(at=now, validators=validators, status=200)
    return Fetched(
        body=body,
        media_type=_TYPES.get(path.suffix.lower(), ""),
        charset="",
        url=claim.feed.url,
        at=now,
        validators=validators,
    )


def _failed(detail: str, now: datetime) -> Failed:
    return Failed(reason=FailureReason.UNREADABLE_FILE, detail=detail, at=now)
