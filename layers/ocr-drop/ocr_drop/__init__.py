"""An image dropped in a bucket becomes text, a record and an event. Begin at `pipeline`."""
