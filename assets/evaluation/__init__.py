"""Detection measured on labelled data, one module a labelled set.

No detector and no model may read a label.
"""
