"""One file a group of commands: parse, call, print.

No query and no SQL; what a command shows is read by a function of its stage.
"""
