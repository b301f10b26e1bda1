from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from sportello.billing.conformance.checks import check_order, check_plain
from sportello.billing.records import InvoiceRecord
from sportello.billing.services import SERVICES
from sportello.demo.company import Company, build
from sportello.demo.tests.conftest import TODAY
from sportello.italy import cap, codice_fiscale, iban, partita_iva, pdr, pod

CENT = Decimal("0.01")


@pytest.fixture(
    scope="module",
    params=[date(2026, 1, 1), date(2028, 2, 29), date(2025, 12, 31), date(2026, 3, 31)],
    ids=str,
)
def any_day(request) -> tuple[Company, date]:
    return build(today=request.param, persons=25), request.param


def invoices_of(company: Company, code: str) -> list[InvoiceRecord]:
    found = [invoice for invoice in company.invoices if invoice.customer_code == code]
    return sorted(found, key=lambda invoice: (invoice.issued_on, invoice.number))


def balance_of(company: Company, code: str) -> Decimal:
    return sum(account.balance for account in company.accounts if account.customer_code == code)


def supplies_of(company: Company, code: str) -> list:
    return [supply for supply in company.supplies if supply.customer_code == code]


def state(invoice: InvoiceRecord, today: date) -> str:
    if invoice.paid == invoice.amount:
        return "paid"
    late = "overdue" if invoice.due_on and invoice.due_on < today else "open"
    return f"{late} partly" if invoice.paid else late


# --- the whole -------------------------------------------------------------------------------------------------------
def test_it_is_a_company_of_some_size(company):
    assert len(company.customers) >= 500
    services = Counter(supply.service for supply in company.supplies)
    assert set(services) == set(SERVICES)
    assert min(services.values()) >= 20
    assert min(invoice.issued_on for invoice in company.invoices) < TODAY - timedelta(days=1_000)
    assert len(company.payments) > 4_000


def test_the_same_day_and_seed_give_the_same_company(company):
    assert build(today=TODAY) == company
    assert build(today=TODAY, seed=2, persons=5).customers != build(today=TODAY, persons=5).customers


def test_the_codes_of_the_cast_do_not_depend_on_seed_or_day(company):
    other = build(today=date(2025, 5, 5), seed=9, persons=0)
    assert other.cast == company.cast
    assert {each.code for each in other.customers} < {each.code for each in company.customers}


def test_records_are_plain_and_in_order(company):
    check_order(company.records)
    for record in company.records:
        check_plain(record)


def test_there_is_some_of_everything(company):
    kinds = {invoice.kind for invoice in company.invoices}
    assert kinds >= {
        "period_estimated", "period_actual", "period_mixed", "activation", "closing", "credit_note", "adjustment",
        "deposit", "services", "cmor", "arrears",
    }  # fmt: skip
    collections = {invoice.collection for invoice in company.invoices}
    assert collections == {"", "direct_debit", "returned", "instalments", "suspended"}
    channels = Counter(payment.channel for payment in company.payments)
    assert set(channels) >= {"direct_debit", "post", "shop", "transfer", "card", "counter", "offset"}
    assert any(payment.status == "returned" for payment in company.payments)
    assert any(len(payment.allocations) > 1 for payment in company.payments)
    assert any(not payment.allocations for payment in company.payments)
    assert {supply.status for supply in company.supplies} >= {"activating", "active", "closed"}
    assert any(len(invoice.supply_codes) > 1 for invoice in company.invoices)


def test_who_is_debited_has_a_mandate_and_some_others_had_or_want_one(company):
    by_account = {mandate.account_code: mandate for mandate in company.mandates}
    assert len(by_account) == len(company.mandates)
    statuses = Counter(mandate.status for mandate in company.mandates)
    assert set(statuses) == {"requested", "aligning", "active", "refused", "revoking", "revoked"}
    for account in company.accounts:
        status = by_account[account.code].status if account.code in by_account else ""
        assert (account.payment_method == "direct_debit") == (status in ("active", "revoking"))
    numbers = {invoice.number: invoice for invoice in company.invoices}
    assert any(mandate.from_invoice for mandate in company.mandates)
    for mandate in company.mandates:
        assert iban.validate(mandate.iban) == mandate.iban
        assert mandate.signed_on <= TODAY
        assert mandate.iban.endswith("7") == (mandate.status == "refused") == bool(mandate.reason)
        if mandate.from_invoice:
            assert numbers[mandate.from_invoice].account_code == mandate.account_code
            assert numbers[mandate.from_invoice].issued_on >= mandate.active_from


def test_the_post_of_some_accounts_goes_elsewhere(company):
    elsewhere = [account for account in company.accounts if account.mailing_address]
    assert 0 < len(elsewhere) < len(company.accounts) / 5
    assert all(account.addressee for account in elsewhere)
    assert "Studio Bianchi Commercialisti Associati" in {account.addressee for account in elsewhere}


def test_what_is_contested_is_what_is_open(company):
    contested = [invoice for invoice in company.invoices if invoice.collection == "suspended"]
    assert contested
    assert all(invoice.contested == invoice.amount - invoice.paid for invoice in contested)
    assert all(invoice.contested is None for invoice in company.invoices if invoice.collection != "suspended")


def test_most_is_paid_and_some_is_not(company):
    states = Counter(
        state(invoice, TODAY)
        for invoice in company.invoices
        if invoice.customer_code != "700004" and invoice.amount > 0
    )
    total = sum(states.values())
    assert 0.85 < states["paid"] / total < 0.97
    assert states["open"] / total > 0.01
    assert states["overdue"] > 10
    assert states["overdue partly"] > 3


# --- arithmetic, on any day ------------------------------------------------------------------------------------------
def test_lines_and_vat_come_to_the_amount(any_day):
    company, _ = any_day
    for invoice in company.invoices:
        taxable: dict[Decimal, Decimal] = defaultdict(Decimal)
        for line in invoice.lines:
            if line.vat_rate is not None:
                taxable[line.vat_rate] += line.amount
        assert {part.rate: part.taxable for part in invoice.vat} == taxable
        for part in invoice.vat:
            assert part.tax == (part.taxable * part.rate / 100).quantize(CENT, ROUND_HALF_UP)
        assert sum(line.amount for line in invoice.lines) + sum(part.tax for part in invoice.vat) == invoice.amount


def test_quantity_times_price_is_the_amount_of_a_line(any_day):
    company, _ = any_day
    for invoice in company.invoices:
        for line in invoice.lines:
            if line.unit_price is not None:
                assert line.amount == (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_UP), invoice.number


def test_only_credit_notes_are_negative(any_day):
    company, _ = any_day
    for invoice in company.invoices:
        assert (invoice.amount < 0) == (invoice.kind == "credit_note"), invoice.number


def test_what_is_paid_is_what_executed_payments_allocate(any_day):
    company, _ = any_day
    allocated: dict[str, Decimal] = defaultdict(Decimal)
    for payment in company.payments:
        assert sum(part.amount for part in payment.allocations) <= payment.amount
        if payment.status == "executed":
            for part in payment.allocations:
                allocated[part.invoice_number] += part.amount
    for invoice in company.invoices:
        if invoice.amount >= 0:
            assert invoice.paid == allocated[invoice.number] <= invoice.amount
        else:
            assert invoice.paid in (0, invoice.amount)


def test_a_balance_is_what_is_open_less_what_is_not_allocated(any_day):
    company, _ = any_day
    balances: dict[str, Decimal] = defaultdict(Decimal)
    for invoice in company.invoices:
        balances[invoice.account_code] += invoice.amount - invoice.paid
    for payment in company.payments:
        if payment.status == "executed":
            balances[payment.account_code] -= payment.amount - sum(part.amount for part in payment.allocations)
    assert {account.code: account.balance for account in company.accounts} == {
        account.code: balances[account.code] for account in company.accounts
    }


def test_nothing_lies_in_the_future(any_day):
    company, today = any_day
    for invoice in company.invoices:
        assert invoice.issued_on <= today
        assert invoice.due_on is None or 20 <= (invoice.due_on - invoice.issued_on).days <= 30
        assert invoice.period_to is None or invoice.period_from <= invoice.period_to < invoice.issued_on
    for payment in company.payments:
        assert payment.paid_on <= today
        assert payment.returned_on is None or payment.paid_on <= payment.returned_on <= today


def test_nothing_is_paid_before_it_is_issued(any_day):
    company, _ = any_day
    issued = {invoice.number: invoice.issued_on for invoice in company.invoices}
    for payment in company.payments:
        for part in payment.allocations:
            assert payment.paid_on >= issued[part.invoice_number], payment.code


def test_periods_of_a_supply_follow_one_another(any_day):
    company, _ = any_day
    last: dict[str, date] = {}
    for invoice in sorted(company.invoices, key=lambda invoice: invoice.issued_on):
        if invoice.kind and invoice.kind.startswith(("period_", "closing")):
            for code in invoice.supply_codes:
                assert code not in last or invoice.period_from == last[code] + timedelta(days=1), invoice.number
                last[code] = invoice.period_to


# --- taxes -----------------------------------------------------------------------------------------------------------
def test_homes_have_the_reduced_rate_on_480_smc_a_year(company):
    homes = {
        supply.code
        for supply in company.supplies
        if supply.service == "gas" and supply.offer and not supply.offer.startswith("Gas Impresa")
    }
    reduced: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for invoice in company.invoices:
        alone = len(invoice.supply_codes) == 1 and invoice.supply_codes[0] in homes
        if alone and invoice.kind.startswith("period_") and invoice.period_from.year == invoice.period_to.year:
            for line in invoice.lines:
                if line.description == "Materia gas naturale" and line.vat_rate == 10:
                    reduced[invoice.supply_codes[0], invoice.period_to.year] += line.quantity
    assert max(reduced.values()) == 480
    assert min(reduced.values()) > 0


def test_businesses_have_the_ordinary_rate(company):
    companies = {customer.code for customer in company.customers if customer.kind == "company"} - {"700004"}
    water = {supply.code for supply in company.supplies if supply.service == "water"}
    for invoice in company.invoices:
        if invoice.customer_code in companies and water.isdisjoint(invoice.supply_codes):
            assert {part.rate for part in invoice.vat} <= {Decimal(22)}


# --- codes -----------------------------------------------------------------------------------------------------------
def test_customers_have_valid_codes(company):
    for customer in company.customers:
        assert codice_fiscale.is_valid(customer.tax_code), customer
        assert cap.is_valid(customer.address.postcode)
        if customer.kind == "person":
            assert codice_fiscale.fits_birth_date(customer.tax_code, customer.birth_date)
            assert not codice_fiscale.warnings(customer.tax_code)
        assert customer.vat_number is None or partita_iva.is_valid(customer.vat_number)
        assert customer.email is None or customer.email.endswith((".example.it", "@example.it"))
        assert customer.pec is None or customer.pec.endswith("@pec.example.it")
    assert len({customer.tax_code for customer in company.customers}) == len(company.customers)


def test_points_are_valid_and_of_nobody(company):
    for supply in company.supplies:
        if supply.service == "gas":
            assert pdr.is_valid(supply.point_code)
            assert supply.point_code.startswith("9999")
        elif supply.service == "electricity":
            assert pod.is_valid(supply.point_code)
            assert supply.point_code[6] == "9"
        else:
            assert supply.point_code is None
    codes = [supply.point_code for supply in company.supplies if supply.point_code]
    assert len(set(codes)) == len(codes)


def test_slips_carry_their_check_digits(company):
    for invoice in company.invoices:
        if invoice.kind == "credit_note":
            assert invoice.slip_code is None
        else:
            assert len(invoice.slip_code) == 18
            assert int(invoice.slip_code[:16]) % 93 == int(invoice.slip_code[16:])
    slips = [invoice.slip_code for invoice in company.invoices if invoice.slip_code]
    assert len(slips) == len(set(slips))


def test_numbers_rise_with_the_day_in_each_series(company):
    last: dict[str, tuple[date, str]] = {}
    for invoice in sorted(company.invoices, key=lambda invoice: invoice.number):
        series = invoice.number[:6]
        assert series[:4] == str(invoice.issued_on.year)
        assert series not in last or last[series][0] <= invoice.issued_on
        last[series] = (invoice.issued_on, invoice.number)


# --- the cast, on any day --------------------------------------------------------------------------------------------
def test_maria_has_a_gas_bill_due_in_six_days_and_an_electricity_bill_overdue(any_day):
    company, today = any_day
    unpaid = [invoice for invoice in invoices_of(company, "700001") if state(invoice, today) != "paid"]
    assert {(state(invoice, today), invoice.due_on, invoice.number[5]) for invoice in unpaid} == {
        ("open", today + timedelta(days=6), "G"),
        ("overdue partly", today - timedelta(days=12), "E"),
    }


def test_stefania_has_a_home_and_a_company(any_day):
    company, _ = any_day
    kinds = {customer.code: customer.kind for customer in company.customers}
    assert (kinds["700002"], kinds["700003"]) == ("person", "company")
    assert "direct_debit" in {invoice.collection for invoice in invoices_of(company, "700002")}
    assert "instalments" in {invoice.collection for invoice in invoices_of(company, "700003")}


def test_davide_has_two_hundred_supplies(any_day):
    company, _ = any_day
    assert len(supplies_of(company, "700004")) == 200
    assert len(invoices_of(company, "700004")) > 2_000


def test_chiara_has_no_supply_and_tommaso_one_that_is_not_active_yet(any_day):
    company, _ = any_day
    assert not supplies_of(company, "700005")
    assert [supply.status for supply in supplies_of(company, "700006")] == ["activating"]
    assert not invoices_of(company, "700005") and not invoices_of(company, "700006")


def test_franco_has_a_credit(any_day):
    company, today = any_day
    assert balance_of(company, "700007") == -invoices_of(company, "700007")[-1].amount
    assert all(state(invoice, today) == "paid" for invoice in invoices_of(company, "700007"))


def test_luisas_last_invoice_is_a_credit_note(any_day):
    company, _ = any_day
    last = invoices_of(company, "700008")[-1]
    assert last.kind == "credit_note"
    assert balance_of(company, "700008") == last.amount < 0


def test_giorgio_has_a_closed_supply(any_day):
    company, today = any_day
    closed = next(supply for supply in supplies_of(company, "700009") if supply.status == "closed")
    bills = [invoice for invoice in invoices_of(company, "700009") if closed.code in invoice.supply_codes]
    assert bills[-1].kind == "closing"
    assert bills[-1].period_to == closed.ended_on < today


def test_ahmed_reads_english_and_has_one_bill_for_two_supplies(any_day):
    company, _ = any_day
    ahmed = next(customer for customer in company.customers if customer.code == "700010")
    assert (ahmed.language, codice_fiscale.place(ahmed.tax_code)) == ("en", "Z330")
    last = invoices_of(company, "700010")[-1]
    assert len(last.supply_codes) == 2
    assert last.consumption is None


def test_marios_direct_debit_came_back_and_his_tax_code_has_letters_for_digits(any_day):
    company, _ = any_day
    mario = next(customer for customer in company.customers if customer.code == "700011")
    assert not mario.tax_code[12:15].isdigit()
    last = invoices_of(company, "700011")[-1]
    assert (last.collection, last.paid) == ("returned", 0)


def test_maddalena_has_a_very_long_name_and_a_contested_bill(any_day):
    company, _ = any_day
    maddalena = next(customer for customer in company.customers if customer.code == "700012")
    assert len(f"{maddalena.first_name} {maddalena.last_name}") > 60
    assert "suspended" in {invoice.collection for invoice in invoices_of(company, "700012")}


def test_everybody_of_the_cast_is_a_customer(company):
    customers = {customer.code: customer for customer in company.customers}
    for person in company.cast:
        for code in person.customer_codes:
            assert replace(customers[code]).code == code
        first = customers[person.customer_codes[0]]
        if first.kind == "person":
            assert first.first_name == person.first_name
            assert first.email == (None if person.key == "giorgio" else person.email)  # who wants his post on paper
