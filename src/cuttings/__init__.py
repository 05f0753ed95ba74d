"""Follow the sources, keep every article, publish the selection."""
