"""What may be said in a room: text made fit to be shown, and rules that let it through or not."""
