"""Tables that people exchange with the fair: their columns, their cells, what is wrong with them."""
