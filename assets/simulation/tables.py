"""The table of planted episodes: the truth, which no detector may read."""

from assets.lake.tables import Table

EPISODES = Table.described(
    "labels.episodes",
    "The episodes that the simulated market has planted: the truth, which no detector reads.",
    {
        "episode_id varchar": "Name of the episode.",
        "typology varchar": "Kind of abuse, or of an honest look-alike.",
        "venue varchar": "Market with its own id space.",
        "symbol varchar": "Base-quote, upper case.",
        "window_start_at timestamp": "Start, UTC.",
        "window_end_at timestamp": "End, UTC; not part of it.",
        "is_abuse boolean": "False for an honest look-alike.",
        "severity varchar": "How grave it was planted.",
        "description varchar": "What was planted, in a sentence.",
    },
)
