"""Why something costs what it costs: request and quote of the pricing engine, in plain words."""
