"""Polish: seven cases; of their endings few tell a side, the prepositions tell the rest."""

from typing import Final

from monitor.languages import Grammar

# Written as the reader folds them: ę as e. The feminine dative ends like the locative
# (Polsce, w Polsce) and the instrumental folds into the nominative (Rosją, Rosja).
LANGUAGE: Final = Grammar(
    code="pl",
    scripts=("latin",),
    order="svo",
    cases={"owi": "to", "em": "with"},
)
