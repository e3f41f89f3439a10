"""Renderers: they are given all that they show and read no room of ours.

Which report is written when is decided in `assets/publishing/`.
"""
