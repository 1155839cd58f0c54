"""What holds for every test."""

from hypothesis import settings

# The machine may be busy; how long an example takes is no property of the code. The suite says the
# same of the same code; `pytest --hypothesis-profile=explore` looks at examples not seen before.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=200)
settings.load_profile("suite")
