"""Pictures with known text, made here, the same each time."""
