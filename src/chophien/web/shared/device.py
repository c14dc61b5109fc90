"""Whose device and network a request comes from; every device gets a cookie of its own."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chophien.wire.visitors import (
    DEVICE_BYTES,
    DEVICE_COOKIE,
    NO_DEVICE,
    find_address,
    find_network,
    read_device,
)

# As long as a guest's cart; it is not made longer by coming back.
COOKIE_S_MAX = 60 * 60 * 24 * 30


def device_of(request: HttpRequest) -> str:
    """The hash of the device's cookie, as in passes; empty for a request without one."""
    return read_device(request.COOKIES.get(DEVICE_COOKIE, ""))


def network_of(request: HttpRequest) -> str:
    """The network that the request comes from; empty where none is known."""
    address = find_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        is_behind_proxy=settings.IS_BEHIND_PROXY,
    )
    return find_network(address)


class DeviceMiddleware:
    """Gives a device its cookie with the first page that it opens.

    The page itself knows the device already. What is sent without having opened a page, a form
    above all, comes from no device.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or device_of(request) != NO_DEVICE:
            return self._get_response(request)
        cookie = secrets.token_urlsafe(DEVICE_BYTES)
        request.COOKIES[DEVICE_COOKIE] = cookie
        response = self._get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.set_cookie(
                DEVICE_COOKIE, cookie, max_age=COOKIE_S_MAX, httponly=True,
                samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return response
