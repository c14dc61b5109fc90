"""What is said in a room, and who keeps order in it."""
