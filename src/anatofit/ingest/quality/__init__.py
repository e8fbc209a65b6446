"""What the pixels themselves say about the fitness of a scan, in numbers."""
