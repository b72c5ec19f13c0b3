"""
Makes docs/images/*.png: every page of the console as a browser shows it, over the demo's news.

    python -m bench.screenshots [FOLDER]
"""

import argparse
import sys
from pathlib import Path
from time import sleep
from typing import Final

from bench.browser import BINARY, Browser, browser
from monitor import log
from monitor.cli.demo import staged

FOLDER: Final = Path(__file__).parent.parent / "docs" / "images"
WIDE: Final = (1120, 700)
TALL: Final = (1120, 1240)  # both charts
PHONE: Final = (390, 780)
_HEADLINE: Final = "Freedonia wants to buy artillery shells from North Korea"


def main() -> None:
    if not BINARY:
        sys.exit("there is no chromium here")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    log.configure("critical", "auto", ())
    with staged(argparse.Namespace(json=True, verbose=False)) as stage, browser() as tab:
        stage.play(1)
        stage.play(2)
        pictures(tab, f"http://{stage.daemon.address}", folder)


def pictures(tab: Browser, home: str, folder: Path) -> None:
    """One of each page; the desk dark and on a phone as well."""
    _take(tab, f"{home}/", folder / "desk.png")
    story = str(tab.ask("document.querySelector('.story').dataset.open"))
    _take(tab, f"{home}/", folder / "desk-dark.png", dark=True)
    _take(tab, f"{home}/", folder / "desk-phone.png", size=PHONE)
    _take(tab, home + story, folder / "story.png", size=TALL)
    _take(tab, home + story, folder / "story-phone.png", size=PHONE)
    tab.ask("document.querySelectorAll('input[name=entry]')[1]?.click()")
    tab.ask("document.querySelector('#split button').click()")
    tab.until("!!document.querySelector('input[name=sure]')")
    tab.size(*WIDE)
    tab.picture(folder / "split.png")
    drawn = "!!document.querySelector('#map svg')"
    _take(tab, f"{home}/flows", folder / "flows.png", size=TALL, ready=drawn)
    _take(tab, f"{home}/why?text={_HEADLINE.replace(' ', '+')}", folder / "why.png")
    for name in ("feeds", "delivery", "health"):
        _take(tab, f"{home}/{name}", folder / f"{name}.png")
    _take(tab, f"{home}/flows", folder / "flows-dark.png", size=TALL, dark=True, ready=drawn)


def _take(
    tab: Browser,
    url: str,
    file: Path,
    *,
    size: tuple[int, int] = WIDE,
    dark: bool = False,
    ready: str = "true",
) -> None:
    tab.size(*size, dark=dark)
    tab.open(url)
    tab.until(ready)
    sleep(0.3)  # fonts and charts settle
    tab.picture(file)
    print(f"{file.name}: {file.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
