"""The table of what has been published to the broker."""

from assets.lake.tables import Table

PUBLISHED = Table.described(
    "ops.published_alerts",
    "The revisions of alerts that the broker has confirmed.",
    {
        "topic varchar": "Topic that they went to.",
        "alert_id varchar": "The alert.",
        "revision bigint": "Its revision.",
    },
)
