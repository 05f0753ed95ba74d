"""The configuration: the file, its schema, and the lists it includes."""
