"""Who may sell on air: hosts' identities, sellers' papers, rules of shows, and stops."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chophien.apps.catalog.models import Product
from chophien.apps.programme.models import Host, Show
from chophien.apps.sellers.models import Stall


class Check(models.TextChoices):
    """Where a check stands. Whether something has run out follows from its `valid_until`."""

    ASKED = "asked", "asked"
    VERIFIED = "verified", "verified"
    REFUSED = "refused", "refused"


class Checked(models.Model):
    """Something that was handed in and that the organiser checks."""

    state = models.CharField(max_length=10, choices=Check.choices, default=Check.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    # The last local day on which it counts; none for what does not run out.
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class HostIdentity(Checked):
    """That a host is who they say. No picture and no whole number of the document is kept.

    Rows are not changed once they are decided, but for `forgotten_at`: then name and digits are
    gone. See docs/adr/0022.
    """

    class Kind(models.TextChoices):
        CITIZEN_CARD = "citizen_card", "citizen card"
        VNEID = "vneid", "VNeID"
        PASSPORT = "passport", "passport"

    class Way(models.TextChoices):
        """How the organiser saw the document."""

        IN_PERSON = "in_person", "in person"
        VIDEO_CALL = "video_call", "video call"
        VNEID = "vneid", "VNeID"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="identities")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number_tail = models.CharField(max_length=4)
    name = models.CharField(max_length=80)
    way = models.CharField(max_length=12, choices=Way.choices)
    forgotten_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["host"], condition=Q(state="asked"), name="identity_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=Check.values), name="identity_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(checked_at__isnull=False),
                name="identity_decided_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="identity_refused_for"
            ),
        ]


class StallPaper(Checked):
    """A paper of a stall, or of one of its products: what is sold on air has them on file."""

    class Kind(models.TextChoices):
        """The same as `domain.vetting.Paper`."""

        REGISTRATION = "registration", "business registration"
        FOOD_SAFETY = "food_safety", "food safety"
        PRODUCT_DECLARATION = "product_declaration", "declaration of the product"
        COSMETIC_NOTIFICATION = "cosmetic_notification", "cosmetic notification"
        ALCOHOL_LICENCE = "alcohol_licence", "licence to sell alcohol"
        AD_CONFIRMATION = "ad_confirmation", "confirmation of advertising"

    stall = models.ForeignKey(Stall, on_delete=models.CASCADE, related_name="papers")
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="papers"
    )
    kind = models.CharField(max_length=24, choices=Kind.choices)
    number = models.CharField(max_length=60)
    issuer = models.CharField(max_length=120)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["stall", "kind"], name="paper_by_stall")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=Check.values), name="paper_state_known"),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(checked_at__isnull=False), name="paper_decided_at"
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""), name="paper_refused_for"
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False)
                | ~Q(kind__in=["product_declaration", "cosmetic_notification", "ad_confirmation"]),
                name="paper_names_product",
            ),
        ]


class RulesText(models.Model):
    """One version of the rules of shows; the latest holds. Rows are only ever added."""

    version = models.PositiveIntegerField(unique=True)
    text_vi = models.TextField()
    text_en = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-version"]


class RulesAcceptance(models.Model):
    """That a host accepted one version. Rows are only ever added."""

    rules = models.ForeignKey(RulesText, on_delete=models.PROTECT, related_name="acceptances")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="acceptances")
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rules", "host"], name="rules_accepted_once"),
        ]


class Stop(models.Model):
    """The organiser's hand: a show stopped, a room muted, goods taken down, a host barred.

    Rows are only ever added; one holds until a `Lift` names it.
    """

    class Kind(models.TextChoices):
        SHOW_STOPPED = "show_stopped", "show stopped"
        ROOM_MUTED = "room_muted", "room muted"
        GOODS_TAKEN_DOWN = "goods_taken_down", "goods taken down"
        HOST_BARRED = "host_barred", "host barred"

    class Ground(models.TextChoices):
        """On what it rests."""

        MISLEADING = "misleading", "misleading about goods, price or promotion"
        NO_PAPERS = "no_papers", "papers missing or false"
        FORBIDDEN_GOODS = "forbidden_goods", "goods that may not be sold or advertised"
        DANGER = "danger", "danger to buyers"
        INDECENT = "indecent", "against the rules of conduct"
        AUTHORITY = "authority", "an authority asked for it"
        SELLER = "seller", "the seller asked for it"
        OTHER = "other", "another ground"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    show = models.ForeignKey(Show, null=True, on_delete=models.PROTECT, related_name="stops")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="stops")
    host = models.ForeignKey(Host, null=True, on_delete=models.PROTECT, related_name="stops")
    ground = models.CharField(max_length=20, choices=Ground.choices)
    reason = models.TextField()
    # What was on air, said, sold and ordered at that moment.
    evidence = models.JSONField(default=dict)
    # A complaint of apps.live that led to it; that app lies above this one.
    complaint_id = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["show"], name="stop_by_show", condition=Q(show__isnull=False)),
            models.Index(
                fields=["product"], name="stop_by_product", condition=Q(product__isnull=False)
            ),
            models.Index(fields=["host"], name="stop_by_host", condition=Q(host__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["show_stopped", "room_muted"], show__isnull=False,
                    product__isnull=True, host__isnull=True,
                )
                | Q(
                    kind="goods_taken_down", product__isnull=False,
                    show__isnull=True, host__isnull=True,
                )
                | Q(
                    kind="host_barred", host__isnull=False,
                    show__isnull=True, product__isnull=True,
                ),
                name="stop_names_one_thing",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="stop_has_reason"),
        ]  # fmt: skip


class Lift(models.Model):
    """That a stop was lifted. Rows are only ever added."""

    stop = models.OneToOneField(Stop, on_delete=models.PROTECT, related_name="lift")
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )


class SafetyWarning(models.Model):
    """What a host warns viewers of in the room, for a while, in the host's own words."""

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="safety_warnings")
    text = models.CharField(max_length=200)
    shown_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["show", "ends_at"], name="safety_warning_by_show")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=models.F("shown_at")), name="warning_ends_after_start"
            ),
        ]
