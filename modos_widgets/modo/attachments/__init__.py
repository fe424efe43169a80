"""Files and arrays that a draft adds, moves and removes."""
