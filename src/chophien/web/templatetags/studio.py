"""Tags of the studio's pages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import template
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

if TYPE_CHECKING:
    from chophien.apps.programme.models import Show

register = template.Library()

# What a show is run with: the end of its address under `studio/<show>/`, and what it is called.
PAGES: tuple[tuple[str, Promise | str], ...] = (
    ("", lazy("Run-of-show")),
    ("live/", lazy("Camera")),
    ("outward/", lazy("Platforms")),
    ("chat/", lazy("Chat")),
    ("draws/", lazy("Draws")),
    ("comments/", lazy("Orders by comment")),
    ("figures/", lazy("Figures")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioLink:
    """One page of a show's desk."""

    address: str
    name: Promise | str


@register.simple_tag
def studio_links(show: "Show") -> list[StudioLink]:
    """The pages of a show's desk that this installation has, in order."""
    links = [StudioLink(address=f"/studio/{show.pk}/{end}", name=name) for end, name in PAGES]
    return [link for link in links if _is_there(link.address)]


def _is_there(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
