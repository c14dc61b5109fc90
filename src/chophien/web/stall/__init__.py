"""The sellers' pages."""
