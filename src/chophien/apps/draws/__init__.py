"""Lucky draws and gifts that anyone can check."""
