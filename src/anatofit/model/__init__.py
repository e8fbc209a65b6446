"""The nouns: frozen, checked at birth, in LPS millimetres. They import numpy, pydantic and the standard library only."""
