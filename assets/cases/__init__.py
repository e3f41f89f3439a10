"""What people decided: reviews of incidents, comments, mutes and cases, as a chain of objects.

A decision lands like a trade and is never edited. What the platform found is not changed here.
"""
