"""Follow the sources, keep every article, publish the selection."""

__version__ = "0.1.0"
