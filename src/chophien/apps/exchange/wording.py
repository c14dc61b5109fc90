"""SQL statements made of constant pieces."""


def fill(statement: str, **pieces: str) -> str:
    """Put pieces of SQL where `{name}` stands. For constants only, never for what people write."""
    for name, piece in pieces.items():
        assert "{" + name + "}" in statement, f"{name} is used nowhere"
        statement = statement.replace("{" + name + "}", piece)
    return statement
