"""How text becomes words, and sounds become mouth shapes."""
