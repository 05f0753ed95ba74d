"""The commands: thin, one module per group; everything else is imported when a command runs."""
