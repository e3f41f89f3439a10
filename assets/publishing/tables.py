"""What has been published to the broker."""

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
PUBLISHED_ROWS = Table.described(
    "ops.published_rows",
    "How far the topics of a table's rows have been sent: what the broker has confirmed.",
    {
        "topic varchar": "Topic that they went to.",
        "table_id varchar": "The table, as DuckLake names it; one that is made anew has another.",
        "position bigint": "Its last row that was sent, in the order of commits.",
    },
)
