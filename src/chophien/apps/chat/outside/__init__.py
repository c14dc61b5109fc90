"""Comments of other platforms: fetched by their official ways, or handed in; never scraped."""
