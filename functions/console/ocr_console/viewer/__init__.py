"""A result as one page to look at."""
