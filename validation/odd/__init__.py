"""Generated bad and odd CT series: a phantom known by formula, its writer, what each series must come to, and who judges it."""
