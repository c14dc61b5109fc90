"""What stands around the presenter: product card, captions, the mark that says AI."""
