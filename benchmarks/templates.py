"""The invoice list's table of thirty rows, in Italian, by the template language of Django and by Jinja2."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

import django
from django.template import engines
from django.utils import translation

from sportello.desks.portal.rows import Paid, Row

ROUNDS, PAGES = 7, 40

DJANGO = """{% load i18n static %}<table><caption>{% translate "Invoices, the newest first" %}</caption><tbody>
{% for row in rows %}<tr>
<th scope="row"><a href="{% url 'invoice' row.number %}">{{ row.number }}</a>{% for label in row.supplies %}<br>{{ label }}{% endfor %}</th>
<td data-label="{% translate 'Date' %}">{{ row.issued_on|date:"d/m/Y" }}</td>
<td data-label="{% translate 'Type' %}">{{ row.kind }}</td>
<td data-label="{% translate 'Consumption' %}">{{ row.consumption|floatformat:"0g" }} {{ row.consumption_unit }}</td>
<td data-label="{% translate 'Amount' %}">{{ row.amount|floatformat:"2g" }} €</td>
<td data-label="{% translate 'Due' %}">{{ row.due_on|date:"d/m/Y" }}</td>
<td data-label="{% translate 'Amount paid' %}">{{ row.paid|floatformat:"2g" }} €</td>
<td data-label="{% translate 'Where paid' %}">{% with row.payments|first as paid %}{{ paid.channel_label }}{% endwith %}</td>
<td data-label="{% translate 'Status' %}">{% if row.status == "paid" %}{% translate "Paid" %}{% elif row.overdue %}{% translate "Unpaid, overdue" %}{% else %}{% translate "Unpaid" %}{% endif %}</td>
<td><a href="{% url 'invoice_pdf' row.number %}" aria-label="{% translate 'PDF of invoice' %} {{ row.number }}">PDF</a></td>
</tr>{% endfor %}</tbody></table>"""
JINJA = """{% from "portal/invoice_table.html" import table %}{{ table(rows, _("Invoices, the newest first")) }}"""


def rows() -> list[Row]:
    day = date(2026, 11, 10)
    return [
        Row(
            f"2026/G/{n:07}",
            "C1",
            day - timedelta(days=60 * n),
            "Periodo, effettivo",
            Decimal("121.40") + n,
            Decimal("121.40") + n if n else Decimal(0),
            day - timedelta(days=60 * n - 20),
            Decimal(205 + n),
            "Smc",
            "",
            ["Gas, Via Grandi 39"],
            "paid" if n else "unpaid",
            False,
            [Paid("post", "", "Posta")] if n else [],
        )
        for n in range(30)
    ]


def cpu_ms(render: Callable[[], str]) -> float:
    """CPU of one page in milliseconds."""
    started = time.process_time()
    for _ in range(PAGES):
        render()
    return (time.process_time() - started) * 1000 / PAGES


def run() -> dict[str, dict[str, object]]:
    django.setup()
    context = {"rows": rows()}
    with translation.override("it"):
        templates = {"django": engines["django"].from_string(DJANGO), "jinja2": engines["jinja2"].from_string(JINJA)}
        pages = {name: (lambda template=template: template.render(context)) for name, template in templates.items()}
        for render in pages.values():
            render()
        found = {name: [] for name in pages}
        for _ in range(ROUNDS):
            for name, render in pages.items():
                found[name].append(cpu_ms(render))
    medians = {name: median(values) for name, values in found.items()}
    ratio = medians["jinja2"] / medians["django"]
    return {
        "template_django_ms": {"value": round(medians["django"], 2), "unit": "CPU ms", "target": None, "holds": True},
        "template_jinja2_ms": {"value": round(medians["jinja2"], 2), "unit": "CPU ms", "target": None, "holds": True},
        "template_jinja2_vs_django": {
            "value": round(ratio, 3),
            "unit": "ratio",
            "target": "<=0.6",
            "holds": ratio <= 0.6,
        },
    }
