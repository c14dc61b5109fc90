"""What a show is sent from and to: stream keys, destinations, recordings."""
