"""Import and export as people meet them: who may see what, and what a page says."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.apps.exchange_files import ENDS, SALE_HEADING, STARTS, write_file
from tests.factories import make_festival, make_sku, make_stall, make_user

from chophien.apps.exchange.models import Import
from chophien.apps.exchange.services import work_on
from chophien.apps.promotions.models import OfferedPrice
from chophien.web.shared.clock import now
from chophien.web.shared.people import ORGANISERS

SALE = {"kind": "promotions"}


@pytest.fixture
def fair(db):
    make_festival()
    stall, other = make_stall(), make_stall("gian-hai")
    seller, rival, organiser = make_user("seller"), make_user("rival"), make_user("organiser")
    stall.members.add(seller)
    other.members.add(rival)
    organiser.groups.add(Group.objects.create(name=ORGANISERS))
    return {
        "stall": stall, "other": other, "honey": make_sku(stall), "seller": seller,
        "rival": rival, "organiser": organiser,
    }  # fmt: skip


def upload(client, content, side="stall", name="gia.csv", **fields):
    return client.post(
        reverse(f"{side}_exchange"), SALE | fields | {"file": SimpleUploadedFile(name, content)}
    )


def bring(client, fair, *units, **fields):
    """A file of sale prices of the honey, read and checked."""
    rows = [
        [f"R{number}", "sale", fair["honey"].code, unit, STARTS, ENDS]
        for number, unit in enumerate(units)
    ]
    answer = upload(client, write_file(SALE_HEADING, *rows), **fields)
    run = Import.objects.latest("id")
    assert answer.status_code == 302
    work_on(run.pk, read_clock=now)
    return run


def read_all(answer):
    return b"".join(answer.streaming_content)


def test_a_seller_brings_a_file_sees_it_and_applies_it(client, fair):
    client.force_login(fair["seller"])
    run = bring(client, fair, 120_000, 1)
    page = reverse("stall_exchange_run", args=[run.pk])

    shown = client.get(page, headers={"accept-language": "en"}).content.decode()
    client.post(reverse("stall_exchange_move", args=[run.pk, "apply"]), {"leaves_faulty": "yes"})
    work_on(run.pk, read_clock=now)

    assert "This is more off than the law allows." in shown
    assert "from 75.000 ₫" in shown
    assert OfferedPrice.objects.get().unit_minor == 120_000
    assert (
        "Done: every page shows it now."
        in client.get(page, headers={"accept-language": "en"}).content.decode()
    )


def test_faulty_rows_stay_out_only_when_the_seller_says_so(client, fair):
    client.force_login(fair["seller"])
    run = bring(client, fair, 120_000, 1)

    client.post(reverse("stall_exchange_move", args=[run.pk, "apply"]))
    work_on(run.pk, read_clock=now)

    assert not OfferedPrice.objects.exists()
    assert Import.objects.get(id=run.pk).state == "checked"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("stall_exchange_run", []),
        ("stall_exchange_faults", []),
        ("stall_exchange_move", ["stop"]),
        ("stall_exchange_move", ["apply"]),
        ("stall_exchange_move", ["check"]),
        ("stall_exchange_move", ["resume"]),
    ],
)
def test_nobody_meets_the_import_of_another_stall(client, fair, name, arguments):
    client.force_login(fair["seller"])
    run = bring(client, fair, 120_000)
    client.force_login(fair["rival"])
    address = reverse(name, args=[run.pk, *arguments])

    answer = client.post(address) if arguments else client.get(address)

    assert answer.status_code == 404
    assert Import.objects.get(id=run.pk).state == "checked"
    assert run.file_name not in client.get(reverse("stall_exchange")).content.decode()


def test_a_seller_cannot_bring_or_take_tables_of_another_stall(client, fair):
    client.force_login(fair["seller"])
    content = write_file(SALE_HEADING, ["A", "sale", fair["honey"].code, 1, STARTS, ENDS])

    brought = upload(client, content, stall=fair["other"].pk)
    taken = client.get(
        reverse("stall_exchange_table", args=["goods", "csv"]), {"stall": fair["other"].pk}
    )

    assert (brought.status_code, taken.status_code) == (404, 404)
    assert not Import.objects.exists()


def test_an_import_of_all_stalls_is_the_organisers_alone(client, fair):
    client.force_login(fair["organiser"])
    run = bring(client, fair, 120_000, side="office")
    assert run.stall is None
    client.force_login(fair["seller"])

    assert client.get(reverse("stall_exchange_run", args=[run.pk])).status_code == 404
    assert client.get(reverse("office_exchange_run", args=[run.pk])).status_code == 403


@pytest.mark.parametrize("name", ["stall_exchange", "office_exchange"])
def test_buyers_have_no_business_there(client, fair, name):
    client.force_login(make_user("buyer"))

    assert client.get(reverse(name)).status_code == 403


def test_a_seller_takes_only_the_goods_of_the_own_stall(client, fair):
    theirs = make_sku(fair["other"])
    client.force_login(fair["seller"])

    text = read_all(client.get(reverse("stall_exchange_table", args=["goods", "csv"]))).decode()

    assert fair["honey"].code in text
    assert theirs.code not in text


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
@pytest.mark.parametrize("kind", ["goods", "prices", "promotions"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_empty_table_with_its_example_can_be_brought_back(client, fair, kind, form, language):
    client.force_login(fair["seller"])
    client.cookies["django_language"] = language
    answer = client.get(reverse("stall_exchange_template", args=[kind, form]))

    upload(client, read_all(answer), kind=kind, name=f"mau.{form}")
    run = Import.objects.latest("id")
    work_on(run.pk, read_clock=now)

    run.refresh_from_db()
    assert (run.state, run.problem) == ("checked", "")
    assert set(run.faults.values_list("reason", flat=True)) <= {"unknown", "in_the_past"}


def test_all_faults_are_sent_as_a_table_that_runs_no_formula(client, fair):
    client.force_login(fair["seller"])
    heading = [*SALE_HEADING, "min_qty"]
    row = ["A", "sale", fair["honey"].code, "=1+1", STARTS, ENDS, "@x"]
    upload(client, write_file(heading, row))
    run = Import.objects.latest("id")
    work_on(run.pk, read_clock=now)

    text = read_all(client.get(reverse("stall_exchange_faults", args=[run.pk]))).decode("utf-8-sig")

    assert ",'=1+1," in text
    assert ",'@x," in text


@pytest.mark.parametrize(
    ("label", "content", "name"),
    [("nothing", b"", "a.csv"), ("a picture", b"\x89PNG", "a.png")],
)
def test_what_is_no_table_is_refused_at_once(client, fair, label, content, name):
    client.force_login(fair["seller"])

    upload(client, content, name=name)

    assert not Import.objects.exists(), label


def test_a_workbook_that_would_fill_the_memory_is_refused(client, fair, tmp_path):
    import zipfile

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            '<worksheet><sheetData><row r="1"><c r="A1"/></row>'
            '<row r="1048576"><c r="XFD1048576"/></row></sheetData></worksheet>',
        )
    client.force_login(fair["seller"])

    upload(client, file.getvalue(), name="bom.xlsx")
    run = Import.objects.latest("id")
    work_on(run.pk, read_clock=now)

    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "workbook_too_large")
