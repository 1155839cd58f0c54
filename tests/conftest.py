"""What holds for every test."""

from hypothesis import settings

# The machine may be busy; how long an example takes is no property of the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
