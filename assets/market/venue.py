"""What the name of a venue says about it; how its trades are pulled is `landing/venues`."""

SIMULATED = "simulated_"
"""The names of the venues of simulated markets begin so."""


def is_simulated(venue: str) -> bool:
    """Whether a market of this venue comes from our own simulator."""
    return venue.startswith(SIMULATED)
