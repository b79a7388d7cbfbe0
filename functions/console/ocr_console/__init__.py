"""A page in the browser: drop images, watch them, look at what was read, find it again."""
