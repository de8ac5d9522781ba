"""Charts as pictures: the only use of matplotlib."""
