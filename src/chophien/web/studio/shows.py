"""The shows that somebody may direct: a host's own, a producer's, an organiser's all."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from chophien.apps.programme.selectors import find_show
from chophien.web.shared.people import get_user, is_organiser

if TYPE_CHECKING:
    from chophien.apps.programme.models import Show


def find_own_show(request: HttpRequest, show_id: int) -> "Show":
    """The show with its room, for its host, its producer or an organiser.

    Raises:
        Http404: there is no such show.
        PermissionDenied: it is another host's.
    """
    show = find_show(show_id)
    if show is None:
        raise Http404
    user = get_user(request)
    if user.pk not in {show.host.person_id, show.producer_id} and not is_organiser(user):
        raise PermissionDenied
    return show


def find_led_show(request: HttpRequest, show_id: int) -> "Show":
    """The show for its host or an organiser, not for its producer.

    Raises:
        Http404: there is no such show.
        PermissionDenied: it is another host's.
    """
    show = find_own_show(request, show_id)
    user = get_user(request)
    if show.host.person_id != user.pk and not is_organiser(user):
        raise PermissionDenied
    return show
