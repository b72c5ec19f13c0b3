"""assembly: what one configuration is made into is made once."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from monitor.assembly import judging, read_config
from monitor.config.load import shipped


def test_what_stories_are_told_by_is_made_once() -> None:
    """Threads that meet their first stories at one moment share one judge."""
    made, start = judging(read_config(shipped(), os.environ)), Barrier(4)

    def ask() -> object:
        start.wait()
        return made()

    with ThreadPoolExecutor(4) as pool:
        found = [job.result() for job in [pool.submit(ask) for _ in range(4)]]

    assert 1 == len({id(one) for one in found})
