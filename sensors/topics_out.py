"""New revisions of alerts, and new rows of the other topics, go out to the broker by themselves."""

from collections.abc import Iterator

import dagster as dg

from assets.lake import NoLakeError
from assets.lake.lake import Lake
from assets.lake.lock import LockTimeoutError
from assets.lake.resource import LakeResource
from assets.lake.settings import load_settings
from assets.landing.kafka import StreamError
from assets.publishing.topic_outbox import Topic, publish
from assets.publishing.topics import TOPICS, name_of
from sensors.status import running_if

# a tick has a minute; who holds the lock for longer is waited for by the next
LOCK_SECONDS = 5.0
# of each topic: a lake of years goes out over many ticks
ROWS_A_TICK = 50_000


@dg.sensor(
    minimum_interval_seconds=10,
    # who names a broker wants to have the alerts there
    default_status=running_if(load_settings().kafka_bootstrap),
    description="New revisions of alerts, and new prices, are published to their Kafka topics.",
)
def topics_out(context: dg.SensorEvaluationContext, lake: LakeResource) -> Iterator[dg.SkipReason]:
    """Publish what was not yet, at least once; starts no run."""
    yield dg.SkipReason(published(lake.open()))


def published(lake: Lake) -> str:
    """What was published, or why nothing was: a broker that is away leaves all to the next look."""
    if lake.settings.kafka_bootstrap is None:
        return "TAPEWATCH_KAFKA_BOOTSTRAP is not set: there is no broker to publish to"
    patient = Lake(lake.settings.model_copy(update={"lock_timeout_seconds": LOCK_SECONDS}))
    done = [said for topic in TOPICS if (said := _published(patient, topic))]
    return "; ".join(dict.fromkeys(done)) or "nothing new"


def _published(lake: Lake, topic: Topic) -> str:
    """What was published to one topic, or why nothing was; empty where there is nothing new."""
    name = name_of(topic, lake.settings)
    try:
        # what cannot be remembered would be sent again at each look
        with lake.lock((topic.record.table.name,)):
            pass
        count = publish(topic, lake, name=name, most=ROWS_A_TICK)
    except NoLakeError as error:
        return str(error)
    except (LockTimeoutError, StreamError) as error:
        return f"nothing is lost, the next look tries again: {error}"
    return f"{count} published to {name}" if count else ""
