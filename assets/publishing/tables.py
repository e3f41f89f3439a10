"""The table of what has been published to the broker."""

from assets.lake.tables import Table

# the revisions that the broker has confirmed, by topic
PUBLISHED = Table("ops.published_alerts", ("topic varchar", "alert_id varchar", "revision bigint"))
