from django.http import HttpRequest


def shared(request: HttpRequest) -> dict[str, object]:
    return {}
