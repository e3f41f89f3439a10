"""What is sent to people: which events, by which routes, and what has been sent.

The first screen in words is written in `reports/briefing.py`; topics for programs are in
`assets/publishing/`, and `sensors/` decides when is sent.
"""
