"""A person's saved addresses, and how they chose to buy last."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.orders.addresses import (
    TooManyAddressesError,
    find_address,
    list_addresses,
    remove_address,
    replace_address,
    restore_address,
    save_address,
)
from chophien.domain.limits import ADDRESSES_MAX
from chophien.web.fair.forms import ADDRESS_FIELDS, VIETQR, AddressForm, list_methods
from chophien.web.shared.clock import now
from chophien.web.shared.people import find_user_id, get_user

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chophien.apps.orders.models import SavedAddress

# Where the session keeps the choices that the next order begins with.
ADDRESS_CHOICE = "address"
METHOD_CHOICE = "method"


def list_own_addresses(request: HttpRequest) -> "list[SavedAddress]":
    """The addresses of whoever asks, the newest first; a guest has none."""
    user_id = find_user_id(request)
    return [] if user_id is None else list(list_addresses(user_id))


def find_chosen_address(request: HttpRequest) -> "SavedAddress | None":
    """The address that was used last, else the newest; `None` for who keeps none."""
    return pick_address(request, list_own_addresses(request))


def pick_address(
    request: HttpRequest, addresses: "Sequence[SavedAddress]"
) -> "SavedAddress | None":
    """As `find_chosen_address`, among addresses that are loaded already."""
    chosen = request.session.get(ADDRESS_CHOICE)
    newest = addresses[0] if addresses else None
    return next((address for address in addresses if address.pk == chosen), newest)


def find_chosen_method(request: HttpRequest) -> str:
    """The way of paying that was used last, where there is such a way."""
    chosen = request.session.get(METHOD_CHOICE)
    known = {code for code, _name in list_methods(is_demo=settings.IS_DEMO)}
    return chosen if chosen in known else VIETQR


def remember_choice(
    request: HttpRequest, *, address_id: int | None = None, method: str | None = None
) -> None:
    """Begin the next order with these."""
    for name, choice in ((ADDRESS_CHOICE, address_id), (METHOD_CHOICE, method)):
        if choice is not None and request.session.get(name) != choice:
            request.session[name] = choice


@never_cache
@login_required
@require_GET
def my_addresses(request: HttpRequest) -> HttpResponse:
    """The addresses that a person keeps."""
    addresses = list_own_addresses(request)
    context = {
        "addresses": addresses,
        "chosen": find_chosen_address(request),
        "is_full": len(addresses) >= ADDRESSES_MAX,
    }
    return render(request, "fair/addresses.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_address(request: HttpRequest) -> HttpResponse:
    """Add one; `next` says where to go on to, such as the goods that shall be sent there."""
    form = AddressForm(request.POST or None)
    if form.is_valid():
        at = now()
        try:
            kept = save_address(user_id=get_user(request).pk, address=form.get_address(), at=at)
        except TooManyAddressesError:
            text = _("You keep as many addresses as one can. Remove one first.")
            form.add_error(None, text)
        else:
            return _go_on(request, kept)
    return _show_form(request, form)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Change one: orders that went there keep it as it was."""
    user_id = get_user(request).pk
    old = find_address(user_id, address_id)
    if old is None:
        raise Http404
    form = AddressForm(request.POST or None, initial=_read(old))
    if form.is_valid():
        kept = _replace(user_id, old, form, now())
        return _go_on(request, kept)
    return _show_form(request, form, old)


def _read(saved: "SavedAddress") -> dict[str, object]:
    return {name: getattr(saved, name) for name in ADDRESS_FIELDS} | {
        "province": str(saved.province_id)
    }


def _replace(user_id: int, old: "SavedAddress", form: AddressForm, at: datetime) -> "SavedAddress":
    kept = replace_address(user_id=user_id, address_id=old.pk, address=form.get_address(), at=at)
    if kept is None:
        raise Http404  # taken out in another window meanwhile
    return kept


def _show_form(
    request: HttpRequest, form: AddressForm, old: "SavedAddress | None" = None
) -> HttpResponse:
    context = {"form": form, "old": old, "next": _find_next(request)}
    return render(request, "fair/address.html", context, status=400 if form.errors else 200)


def _go_on(request: HttpRequest, kept: "SavedAddress") -> HttpResponseRedirect:
    remember_choice(request, address_id=kept.pk)
    messages.success(request, _("The address is kept."))
    return (
        HttpResponseRedirect(_find_next(request))
        if _find_next(request)
        else redirect("my_addresses")
    )


def _find_next(request: HttpRequest) -> str:
    """Where to go on to: a page of this fair, or nothing."""
    target = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if is_ours else ""


@login_required
@require_POST
def drop_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Take one out of the list; the notice offers to put it back."""
    if not remove_address(user_id=get_user(request).pk, address_id=address_id, at=now()):
        raise Http404
    messages.info(request, _("The address is removed."), extra_tags=f"undo-address:{address_id}:")
    return redirect("my_addresses")


@login_required
@require_POST
def bring_back_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Put one back that was taken out."""
    try:
        is_back = restore_address(user_id=get_user(request).pk, address_id=address_id)
    except TooManyAddressesError:
        messages.error(request, _("You keep as many addresses as one can. Remove one first."))
    else:
        if not is_back:
            raise Http404
        messages.success(request, _("The address is back."))
    return redirect("my_addresses")


@login_required
@require_POST
def choose_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Begin the next order with this one."""
    if find_address(get_user(request).pk, address_id) is None:
        raise Http404
    remember_choice(request, address_id=address_id)
    return redirect("my_addresses")
