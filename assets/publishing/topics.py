"""Every topic that the lake's rows go out to."""

from assets.lake.settings import Settings
from assets.publishing.alert_topic import RISK_ALERTS
from assets.publishing.price_topic import MARKET_PRICES
from assets.publishing.risk_topics import RISK_ANALYZED_TRADES, RISK_EVENTS
from assets.publishing.topic_outbox import Topic

TOPICS = (RISK_ALERTS, RISK_EVENTS, RISK_ANALYZED_TRADES, MARKET_PRICES)


def name_of(topic: Topic, settings: Settings) -> str:
    """The topic's own name, but for that of alerts, which a setting may change."""
    return settings.kafka_alert_topic if topic is RISK_ALERTS else topic.name
