"""The table of decisions: what the chain of objects says, for queries."""

from assets.cases.decision import Decision, Draft
from assets.lake.tables import Table

DECISIONS = Table.of(
    "cases.decisions",
    Decision,
    meaning="What people decided, in order; made from the chain of objects in `decisions/`.",
    like=(Draft,),
)
