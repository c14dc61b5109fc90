"""Reading stalls."""

from collections.abc import Collection

from django.db.models import Count, Q, QuerySet

from chophien.apps.sellers.models import Membership, Stall


def list_open_stalls() -> QuerySet[Stall]:
    """Admitted stalls by name, each with `goods_count`."""
    return (
        Stall.objects.filter(state=Stall.State.ADMITTED)
        .select_related("former_province")
        .annotate(goods_count=Count("products", filter=Q(products__state="published")))
        .order_by("name_vi")
    )


def find_open_stall(slug: str) -> Stall | None:
    return list_open_stalls().filter(slug=slug).first()


def find_stall(stall_id: int) -> Stall | None:
    """A stall in whatever state."""
    return Stall.objects.filter(id=stall_id).first()


def list_stalls_by_slugs(slugs: Collection[str]) -> QuerySet[Stall]:
    return Stall.objects.filter(slug__in=slugs).order_by("name_vi")


def list_stalls() -> QuerySet[Stall]:
    """Every stall, in whatever state: for the office."""
    return (
        Stall.objects.select_related("former_province")
        .annotate(goods_count=Count("products"))
        .order_by("name_vi")
    )


def list_stalls_of(user_id: int) -> QuerySet[Stall]:
    """The stalls that a person runs."""
    return Stall.objects.filter(members__id=user_id).order_by("name_vi")


def is_member(stall_id: int, user_id: int | None) -> bool:
    """Whether somebody has joined a stall; a guest has joined none."""
    if user_id is None:
        return False
    return Membership.objects.filter(stall_id=stall_id, user_id=user_id).exists()


def list_memberships(user_id: int) -> QuerySet[Membership]:
    """The admitted stalls that a person has joined, the latest first, with the stall."""
    return (
        Membership.objects.filter(user_id=user_id, stall__state=Stall.State.ADMITTED)
        .select_related("stall")
        .order_by("-joined_at", "-id")
    )
