"""Whether a sensor runs from the start, without a person who switches it on."""

import dagster as dg


def running_if(wanted: object) -> dg.DefaultSensorStatus:
    """Running where the settings name what the sensor is for (a broker, a receiver)."""
    return dg.DefaultSensorStatus.RUNNING if wanted else dg.DefaultSensorStatus.STOPPED
