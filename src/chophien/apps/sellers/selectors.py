"""Reading stalls."""

from django.db.models import Count, Q, QuerySet

from chophien.apps.sellers.models import Stall


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
