"""What wakes the platform or a person: fresh files, closed windows, events that go out.

What is then done is defined in `assets/`.
"""
