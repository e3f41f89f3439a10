"""The table of planted episodes: the truth, which no detector may read."""

from assets.lake.tables import Table

EPISODES = Table(
    "labels.episodes",
    (
        "episode_id varchar",
        "typology varchar",
        "venue varchar",
        "symbol varchar",
        "window_start_at timestamp",
        "window_end_at timestamp",
        "is_abuse boolean",
        "severity varchar",
        "description varchar",
    ),
)
