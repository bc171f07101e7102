"""The figures of study B: each function takes merged products and gives a figure, the data behind it and its
caption."""
