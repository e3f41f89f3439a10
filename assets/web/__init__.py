"""What every HTTP service of the platform has: limits of its clients, a page that describes it.

No route belongs here, and nothing that knows the lake.
"""
