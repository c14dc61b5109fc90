"""Finding people by the names that others know."""

from chophien.apps.accounts.models import User


def find_person(username: str) -> User | None:
    """The person of an account that is in use."""
    return User.objects.filter(username=username.strip(), is_active=True).first()
