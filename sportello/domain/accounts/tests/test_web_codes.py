from datetime import timedelta

import pytest

from sportello.domain.accounts import web_codes
from sportello.domain.accounts.models import WebCode
from sportello.domain.accounts.web_codes import NotRecognised, claim, issue
from sportello.domain.customers.models import Customer, CustomerAccess
from sportello.domain.journal.models import Event
from sportello.domain.people import printed_codes
from sportello.domain.people.printed_codes import MistypedCode
from tests.factories import NOW, access, customer, user

TAX_CODE = "VRDNNA80A41F257X"


@pytest.fixture
def code(owner) -> str:
    return issue(["C1"], now=NOW)[0].code


@pytest.fixture
def printed(owner) -> str:
    """A code that billing prints."""
    made = printed_codes.make()
    Customer.objects.filter(code="C1").update(web_code=printed_codes.digest(made))
    return made


@pytest.mark.parametrize("identifier", ["C1", " c1 ", TAX_CODE, TAX_CODE.lower(), "VRD NNA 80A41 F257X"])
def test_code_and_number_name_the_customer(code, identifier):
    assert claim(code=code, identifier=identifier, now=NOW).customer_code == "C1"


def test_blanks_and_lower_case_are_read(code):
    typed = f" {printed_codes.shown(code).lower().replace('-', ' ')} "
    assert claim(code=typed, identifier="c1", now=NOW).customer_code == "C1"


def test_a_vat_number_names_a_company(owner):
    customer("C2", kind="company", vat_number="03456789012")
    (issued,) = issue(["C2"], now=NOW)
    assert claim(code=issued.code, identifier="034 5678 9012", now=NOW).customer_code == "C2"


@pytest.mark.parametrize("identifier", ["", "C2", "-", "VRDNNA80A41F257Y", "None", "\x00"])
def test_another_number_does_not(code, identifier):
    customer("C2")
    with pytest.raises(NotRecognised):
        claim(code=code, identifier=identifier, now=NOW)


def test_a_customer_without_tax_code_is_not_named_by_nothing(owner):
    customer("C2", tax_code=None, vat_number=None)
    (issued,) = issue(["C2"], now=NOW)
    for identifier in ("", " ", "None", "--"):
        with pytest.raises(NotRecognised):
            claim(code=issued.code, identifier=identifier, now=NOW)


def test_a_code_never_issued_is_not_recognised(owner):
    with pytest.raises(NotRecognised):
        claim(code=printed_codes.make(), identifier="C1", now=NOW)


def test_a_mistyped_code_is_told_as_such(code):
    with pytest.raises(MistypedCode):
        claim(code=code[:-1] + ("2" if code[-1] != "2" else "3"), identifier="C1", now=NOW)


def test_it_expires(code):
    with pytest.raises(NotRecognised):
        claim(code=code, identifier="C1", now=NOW + web_codes.LIFE)
    assert claim(code=code, identifier="C1", now=NOW + web_codes.LIFE - timedelta(seconds=1))


def test_it_is_used_once(code):
    shown = claim(code=code, identifier="C1", now=NOW)
    web_codes.use_up(shown, user=user(), now=NOW)
    with pytest.raises(NotRecognised):
        claim(code=code, identifier="C1", now=NOW)
    with pytest.raises(NotRecognised):
        web_codes.use_up(shown, user=user("bob"), now=NOW)
    assert CustomerAccess.objects.count() == 1


def test_billings_own_code_is_recognised_and_used_once(printed):
    shown = claim(code=printed, identifier=TAX_CODE, now=NOW)
    web_codes.use_up(shown, user=user(), now=NOW)
    with pytest.raises(NotRecognised):
        claim(code=printed, identifier=TAX_CODE, now=NOW)
    with pytest.raises(NotRecognised):
        web_codes.use_up(shown, user=user("bob"), now=NOW)


def test_a_used_code_of_billings_stays_used_under_a_new_key(printed, settings):
    web_codes.use_up(claim(code=printed, identifier="C1", now=NOW), user=user(), now=NOW)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    Customer.objects.filter(code="C1").update(web_code=printed_codes.digest(printed))
    with pytest.raises(NotRecognised):
        claim(code=printed, identifier="C1", now=NOW)


def test_a_new_code_ends_the_earlier_ones_billings_too(printed):
    (first,) = issue(["C1"], now=NOW)
    (second,) = issue(["C1"], now=NOW)
    for dead in (printed, first.code):
        with pytest.raises(NotRecognised):
            claim(code=dead, identifier="C1", now=NOW)
    assert claim(code=second.code, identifier="C1", now=NOW)


def test_no_table_holds_a_code(code):
    row = WebCode.objects.get()
    assert code not in str(vars(row))
    assert len(row.digest) == 64
    assert code not in repr(issue(["C1"], now=NOW))


def test_wrong_code_and_wrong_customer_ask_the_same(code, django_assert_num_queries):
    customer("C2")
    for typed, identifier in ((code, "C2"), (printed_codes.make(), "C1"), (printed_codes.make(), "nobody")):
        with django_assert_num_queries(3), pytest.raises(NotRecognised):
            claim(code=typed, identifier=identifier, now=NOW)


def test_a_print_run_is_for_who_has_neither_login_nor_code(owner):
    for number in range(2, 7):
        customer(f"C{number}")
    access(user(), Customer.objects.get(code="C2"))
    access(user("bob"), Customer.objects.get(code="C3"), ended_at=NOW)
    issue(["C4"], now=NOW)
    issue(["C5"], now=NOW - web_codes.LIFE)
    Customer.objects.filter(code="C6").update(web_code=printed_codes.digest(printed_codes.make()))
    assert web_codes.without_login_or_code(now=NOW) == ["C1", "C3", "C5"]


def test_the_printer_gets_name_address_and_code(owner):
    issued = issue(["C1"], now=NOW)
    head, row = web_codes.print_run(issued)
    assert head == ("customer", "name", "address", "code", "valid_until")
    shown = printed_codes.shown(issued[0].code)
    address = "Via Grandi 39, 41033 Concordia sulla Secchia (MO)"
    assert row == ("C1", "Anna Verdi C1", address, shown, "2027-05-23")


# --- lost ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "identifier", "holder"),
    [
        ("C1", TAX_CODE, "C1"),
        (" C1 ", TAX_CODE.lower(), "C1"),
        ("C1", "C1", ""),
        ("C1", "", ""),
        ("C2", TAX_CODE, ""),
        ("\x00", TAX_CODE, ""),
        (TAX_CODE, "C1", ""),
    ],
)
def test_number_and_tax_code_must_belong_together(owner, number, identifier, holder):
    assert web_codes.holder_of(customer_code=number, identifier=identifier) == holder


def test_a_lost_one_is_sent_to_billings_address(owner, code, written, newest):
    assert web_codes.send_again(owner, now=NOW)
    assert written() == [("new_web_code", "anna.verdi@example.it")]
    sent = newest("new_web_code").partition("C1 è ")[2].partition(".")[0]
    assert claim(code=sent, identifier="C1", now=NOW).customer_code == "C1"
    with pytest.raises(NotRecognised):
        claim(code=code, identifier="C1", now=NOW)
    assert Event.objects.get().name == "accounts.web_code_sent"


@pytest.mark.parametrize("email", [None, "", "not an address"])
def test_without_a_mail_address_it_goes_by_post(owner, written, email):
    owner.email = email
    owner.save()
    assert web_codes.send_again(owner, now=NOW)
    assert written() == [("new_web_code", "Via Grandi 39")]


@pytest.mark.parametrize("email", [None, "not an address"])
def test_without_any_address_the_old_code_goes_on_working(owner, code, written, email):
    Customer.objects.filter(code="C1").update(email=email, street="")
    owner.refresh_from_db()
    assert not web_codes.send_again(owner, now=NOW)
    assert written() == []
    assert claim(code=code, identifier="C1", now=NOW)


def test_one_a_day_is_sent(owner, written):
    for hours in (0, 1, 23):
        web_codes.send_again(owner, now=NOW + timedelta(hours=hours))
    assert len(written()) == 1
    web_codes.send_again(owner, now=NOW + timedelta(hours=25))
    assert len(written()) == 2
