"""Chinese: no spaces, no endings; small words before the name say who gives and who gets."""

from typing import Final

from monitor.languages import Grammar

# 向 对 给 从 由 stand before the name and are marks of the lexicon; nothing hangs on the name.
LANGUAGE: Final = Grammar(code="zh", scripts=("han",), order="svo", spaces=False)
