"""What an AI host may say: sentences with slots, never figures, and the checker of the result."""
