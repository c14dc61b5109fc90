"""People who log in. Buyers need no account."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """One person; what they may do follows from groups and from the stalls and hosts they run."""

    phone = models.CharField(max_length=11, blank=True)
    display_name = models.CharField(max_length=80, blank=True)
