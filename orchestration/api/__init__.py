"""The HTTP service: the same calls as the command line, for programs and pages.

It parses, calls and answers; what is asked of the lake stands in the rooms below.
"""
