"""Pictures of data, maps and results, drawn with matplotlib's object interface."""
