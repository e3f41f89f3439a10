"""From outside to landed objects: files, venues and Kafka, every field as text with its origin.

Nothing is typed, judged or dropped here; normalisation is the transform's.
"""
