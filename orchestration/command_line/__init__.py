"""One module per group of commands: parse, call, print.

No query and no SQL; a function of the stage reads what a command shows.
"""
