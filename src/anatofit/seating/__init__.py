"""Whether a guide finds its seat: it is put on many times, a little wrong, on bone that is a little other than its model."""
