"""Looking ahead: what planned promotions would cost, worked out on carts of before."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from chophien.apps.festivals.models import Festival


class Simulation(models.Model):
    """Carts of a festival, or of a file, priced under a plan. `report` is whole or not there.

    docs/reference/simulation.md gives the forms of `plan` and `report`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # Whose orders are priced; none where a file of carts was uploaded.
    festival = models.ForeignKey(
        Festival, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The file, compressed; dropped as soon as it is not needed any more.
    carts_file = models.BinaryField(null=True)
    carts_name = models.CharField(max_length=120, blank=True)
    plan = models.JSONField()
    # Of which festival, and at which instant, the plan is what was set up; none for an upload.
    plan_festival = models.ForeignKey(
        Festival, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    plan_at = models.DateTimeField(null=True, blank=True)
    plan_name = models.CharField(max_length=120, blank=True)

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    # Which attempt this is: another one than the first took the place of one that was cut off.
    attempt = models.PositiveIntegerField(default=0)
    carts_total = models.PositiveIntegerField(default=0)
    carts_done = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True)
    fault = models.TextField(blank=True)

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    # By real time, which no rehearsal moves.
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_simulation_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="done", report__isnull=False)
                | (~Q(state="done") & Q(report__isnull=True)),
                name="simulation_report_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "stopped", "failed"]),
                name="simulation_state_known",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether it may still come to a result."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def was_cut_off(self) -> bool:
        return self.attempt > 1
