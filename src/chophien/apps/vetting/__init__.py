"""Who may sell on air: identities, papers, the rules of a show, and what was stopped."""
