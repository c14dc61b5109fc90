"""What the AI host says next: beats of a product, words from its facts."""
