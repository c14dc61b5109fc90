"""A fair without any festival yet says so, whatever page is asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chophien.apps.festivals.selectors import NoFestivalError


class ClosedFairMiddleware:
    """Turns `NoFestivalError` into a page that says what is missing and who can help."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        if isinstance(fault, NoFestivalError):
            return render(request, "closed.html", status=503)
        return None
