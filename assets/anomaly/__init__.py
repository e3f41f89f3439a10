"""The models of market behaviour: their features, training, and the scores of each five minutes.

Estimators are in `ml/`; whether a score is an alert is decided by the detector `market_anomaly`.
"""
