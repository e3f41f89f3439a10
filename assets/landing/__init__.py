"""Landing: files, venues and Kafka become objects, every field as text with its origin.

Landing does not type, judge or drop anything; `transform` normalises.
"""
