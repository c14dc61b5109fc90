"""The AI host: mind (what to say), voice, face, stage, director. Knows nothing of Django."""
