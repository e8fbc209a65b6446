"""Which pictures belong together, where they lie, and what is wrong with them."""
