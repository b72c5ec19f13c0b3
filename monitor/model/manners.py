"""What a strict publisher's book says of us, for one feed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Requests counted since the feed was first asked, and their mean distance in seconds."""

    requests: int = 0
    conditional: int = 0  # with a validator that the server had given
    unconditional: int = 0  # without one, although we held it
    not_modified: int = 0
    same_body: int = 0  # answered with the bytes of before
    early: int = 0  # before max-age or Expires was over
    hurried: int = 0  # before Retry-After was over
    unneeded: int = 0  # too soon, or whole and unchanged although we could have asked for less
    spacing: float = 0.0

    @property
    def conditional_share(self) -> float | None:
        """Of the requests that could be conditional; None where none could."""
        could = self.conditional + self.unconditional
        return self.conditional / could if could else None

    @property
    def faultless_share(self) -> float | None:
        """Of all requests those that no publisher would mind; None where there were none."""
        faults = min(self.requests, self.early + self.hurried + self.unconditional)
        return 1 - faults / self.requests if self.requests else None


_COUNTS = tuple(f.name for f in fields(Manners) if f.name != "spacing")


def manners(client: object) -> Manners | None:
    """From what the client remembers of a feed; None of one that was never asked."""
    if not isinstance(client, Mapping):
        return None
    counts = {n: int(client[n]) for n in _COUNTS if isinstance(client.get(n), int | float)}
    spacing = client.get("spacing", 0)
    spacing = float(spacing) if isinstance(spacing, int | float) else 0.0
    return Manners(**counts, spacing=spacing)
