"""The closed clusters of accounts of each market and day: facts that a graph gives, no judgement.

The graph's algorithms are in `ml/`; whether a cluster is an alert is decided by `wash_ring`.
"""
