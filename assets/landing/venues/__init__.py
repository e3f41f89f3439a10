"""Public trades of exchanges over REST and websocket, one file a venue, each with its quirks.

What they landed is normalised by dbt, not here.
"""
