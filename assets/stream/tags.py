"""What tapewatch writes on Dagster's runs and on commits of the lake, and reads again."""

WINDOW = "tapewatch/window"
"""The run key of the stream's window that the run answers for."""
FACTS_COMMITTED = "tapewatch/facts_committed"
"""The window's trades and hits are in the lake, also where a detector failed."""
LATE_DAY = "tapewatch/late_day"
"""The day whose trades came too late for a window."""
WARM = "tapewatch/warm"
"""Whether the warm process took the run."""

WINDOW_COMMIT = "micro-batch"
"""The message of the commit of a window's trades and features."""
