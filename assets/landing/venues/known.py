"""Every venue that can be fetched, by name."""

from assets.landing.venues.binance import BINANCE
from assets.landing.venues.bitstamp import BITSTAMP
from assets.landing.venues.bybit import BYBIT
from assets.landing.venues.coinbase import COINBASE
from assets.landing.venues.kraken import KRAKEN
from assets.landing.venues.kucoin import KUCOIN
from assets.landing.venues.okx import OKX

VENUES = {venue.name: venue for venue in (BINANCE, BITSTAMP, BYBIT, COINBASE, KRAKEN, KUCOIN, OKX)}
