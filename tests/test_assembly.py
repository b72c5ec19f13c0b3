"""assembly: what one configuration is made into."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from monitor.assembly import judging, links, read_config
from monitor.config.load import shipped
from tests.samples import ALERT


def test_what_stories_are_told_by_is_made_once() -> None:
    """Threads that meet their first stories at one moment share one judge."""
    made, start = judging(read_config(shipped(), os.environ)), Barrier(4)

    def ask() -> object:
        start.wait()
        return made()

    with ThreadPoolExecutor(4) as pool:
        found = [job.result() for job in [pool.submit(ask) for _ in range(4)]]

    assert 1 == len({id(one) for one in found})


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("", []),
        ('[console]\nurl = "https://m.example/"\n', ["story"]),
        (
            '[feedback]\nurl = "https://m.example"\nsecret = "a secret of some length"\n',
            ["story", "relevant", "not-relevant", "seen"],
        ),
    ],
)
def test_alerts_lead_back_to_us_as_far_as_we_are_reached(
    written: str, names: list[str], tmp_path: Path
) -> None:
    """The page of the story where the console is, opinions where links are signed."""
    (tmp_path / "monitor.toml").write_text(written, "utf-8")
    found = links(read_config(tmp_path, {}))

    assert names == list(found(ALERT))
    assert not names or "https://m.example/story/s-1" == found(ALERT)["story"]
    assert {} == found(replace(ALERT, story="")) == found(replace(ALERT, test=True))
