"""Public trades of exchanges over REST and websocket, one module per venue with its quirks.

dbt normalises what lands here.
"""
