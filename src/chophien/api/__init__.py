"""What other programs call: the same services as the pages."""
