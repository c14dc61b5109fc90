"""Units: free, held, sold."""
