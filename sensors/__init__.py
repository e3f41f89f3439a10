"""What wakes the platform or a person: fresh files, closed windows, severe alerts, failed runs.

What is then done is defined in `assets/`.
"""
