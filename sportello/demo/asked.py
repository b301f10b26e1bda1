"""What customers and visitors of the invented company have asked: many kinds, in every state that a request can be in."""

from collections.abc import Sequence
from datetime import date, timedelta

from sportello.demo.asking import Act, Story, tell
from sportello.demo.chance import chance
from sportello.demo.names import MEN, SURNAMES, WOMEN
from sportello.domain.activities.models import ActivityKind as Kind

PAOLO, ELENA, GIADA = "backoffice", "responsabile", "callcenter"
DAYS = timedelta(days=1)
RECEIPT = "ricevuta\nPoste Italiane\nBollettino TD 896\nImporto 86,40 euro\nVCYL 0123 4567"
METER = "contatore\nGas  G4\n0 4 1 8 7 , 2 3 5\nmatricola 0234881"
TENANTS = 34  # of a company with two hundred supplies: more than stand on one page

MARIA = (
    Story(
        key="maria-information", who="maria", kind=Kind.INFORMATION, days_ago=61, at="09:12",
        typed={"topic": "invoices", "text": "Vorrei capire perché sulla bolletta della luce ci sono due scaglioni di prezzo. "
               "Dipende dagli orari in cui consumo?"},
        then=(
            Act(what="take", days_ago=60, by=GIADA, at="09:05"),
            Act(what="execute", days_ago=60, by=GIADA, at="09:31",
                text="Buongiorno signora Guerzoni,\nsì: la fascia F1 va dal lunedì al venerdì dalle 8 alle 19, le altre ore "
                     "sono in F23 e costano meno. Nella pagina Consumi vede quanto ha usato in ciascuna.\nCordiali saluti"),
        ),
    ),
    Story(
        key="maria-late", who="maria", kind=Kind.COMPLAINT, days_ago=47, at="21:03", picture=METER,
        typed={"subject": "metering", "reason": "unanswered", "supply": "UT700001001",
               "text": "A settembre ho chiesto che il letturista suonasse al mio campanello e non a quello dei vicini: il "
                       "contatore è nel mio cortile. Nessuno mi ha risposto e il mese scorso la lettura è stata di nuovo "
                       "stimata. Chiedo una lettura vera e una risposta scritta."},
        then=(
            Act(what="take", days_ago=45, by=PAOLO),
            Act(what="answer", days_ago=45, by=PAOLO, at="10:41",
                text="Buongiorno, abbiamo girato la segnalazione al distributore e le scriviamo appena risponde."),
            Act(what="say", days_ago=20, at="20:15", text="È passato quasi un mese: c'è qualche novità?"),
            Act(what="note", days_ago=19, by=PAOLO, text="Sollecitato il distributore per PEC, rif. 2231/R."),
        ),
    ),
    Story(
        key="maria-telephone", who="maria", kind=Kind.PERSONAL_DATA, days_ago=30, at="12:50",
        typed={"phone": "+39 333 482 1190"},
        then=(Act(what="billing", days_ago=30, at="12:51"),),
    ),
    Story(
        key="maria-cancelled", who="maria", kind=Kind.SOMETHING_ELSE, days_ago=26, at="18:02",
        typed={"text": "Vorrei un appuntamento allo sportello di Concordia per venerdì."},
        then=(Act(what="cancel", days_ago=26, at="18:20"),),
    ),
    Story(
        key="maria-paid", who="maria", kind=Kind.ALREADY_PAID, days_ago=9, at="08:44", pick=-1, picture=RECEIPT,
        typed={"paid_on": -1 * DAYS, "amount": "20,00", "where": "post", "reference": "VCYL 0123 4567",
               "text": "Ho pagato una parte in posta, allego la ricevuta."},
        then=(
            Act(what="take", days_ago=8, by=PAOLO),
            Act(what="refuse", days_ago=8, by=PAOLO, at="11:02",
                text="Il pagamento è arrivato, ma riguarda la fattura di prima, che così è saldata. Questa è ancora in parte "
                     "da pagare: se le serve più tempo può chiedere di pagarla a rate."),
        ),
    ),
    Story(
        key="maria-correction", who="maria", kind=Kind.INVOICE_CORRECTION, days_ago=6, at="19:30", pick=2, typed={
            "reason": "estimate", "text": "La stima mi sembra troppo alta: siamo stati via tre settimane."},
        then=(
            Act(what="take", days_ago=4, by=PAOLO, at="09:40"),
            Act(what="ask", days_ago=4, by=PAOLO, at="09:52",
                text="Buongiorno, per ricalcolare la fattura ci serve la lettura di oggi: ci manda una foto del contatore in "
                     "cui si leggano le cifre e la matricola?"),
        ),
    ),
    Story(
        key="maria-instalments", who="maria", kind=Kind.INSTALMENTS, days_ago=2, at="22:11", pick=-1,
        typed={"parts": "2", "first_due_on": 20 * DAYS, "text": ""},
    ),
)  # fmt: skip

OTHERS = (
    Story(
        key="franco-refund", who="franco", kind=Kind.SOMETHING_ELSE, days_ago=21, at="10:05",
        typed={"text": "Per errore ho pagato due volte la stessa bolletta. Preferirei riavere i soldi sul mio conto invece di "
               "averli sulla prossima fattura."},
        then=(
            Act(what="take", days_ago=20, by=PAOLO),
            Act(what="ask", days_ago=20, by=PAOLO, at="10:35", text="Volentieri: a chi è intestato il conto?"),
            Act(what="say", days_ago=19, at="07:58", text="È intestato a me, Franco Benatti."),
            Act(what="execute", days_ago=17, by=PAOLO, text="Abbiamo disposto il rimborso: lo riceve entro dieci giorni."),
        ),
    ),
    Story(
        key="luisa-reopened", who="luisa", kind=Kind.INVOICE_CORRECTION, days_ago=33, at="15:20", pick=2,
        typed={"reason": "vat", "text": "Per il gas da riscaldamento mi aspettavo l'IVA al 10% fino a 480 Smc."},
        then=(
            Act(what="take", days_ago=31, by=ELENA),
            Act(what="refuse", days_ago=29, by=ELENA, text="L'aliquota applicata è quella giusta: i 480 Smc dell'anno sono già "
                "stati usati con le fatture di gennaio e marzo."),
            Act(what="reopen", days_ago=5, at="17:44", text="Ho ricontato: con gennaio e marzo arrivo a 412 Smc, non a 480. Vi "
                "prego di ricontrollare."),
        ),
    ),
    Story(
        key="giorgio-closure", who="giorgio", kind=Kind.CHANGE_OF_HOLDER, days_ago=12, at="11:11",
        typed={"name": "Elisa Razzaboni", "tax_code": "RZZLSE80A41F240S", "phone": "+39 347 220 1188", "email": "",
               "starts_on": 20 * DAYS, "title": "family", "text": "Passa tutto a mia figlia, che viene ad abitare qui."},
        then=(
            Act(what="take", days_ago=11, by=PAOLO),
            Act(what="answer", days_ago=11, by=PAOLO, text="Buongiorno, le spediamo per posta il modulo da far firmare."),
        ),
    ),
    Story(
        key="ahmed-question", who="ahmed", kind=Kind.INFORMATION, days_ago=5, at="13:37",
        typed={"topic": "supply", "text": "We are going to have an induction hob. Can you raise the power from 3 to 4.5 kW, "
               "and what does it cost?"},
        then=(
            Act(what="take", days_ago=4, by=GIADA),
            Act(what="ask", days_ago=4, by=GIADA, at="11:00", text="Of course. Is the supply at your home, or the one in the "
                "garage? And do you need the new power all year round?"),
        ),
    ),
    Story(
        key="mario-debit", who="mario", kind=Kind.DIRECT_DEBIT, days_ago=4, at="20:40", typed={
            "iban": "IT28I0200881671006259645133", "signatory": "holder", "agreed": "on"},
        then=(Act(what="take", days_ago=3, by=PAOLO),),
    ),
    Story(
        key="maddalena-double", who="maddalena", kind=Kind.INVOICE_CORRECTION, days_ago=3, at="16:05", pick=2,
        typed={"reason": "double", "text": "Il periodo dal 1° al 15 è già sulla fattura precedente: si paga due volte. Allego "
               "quanto scritto al telefono alla vostra collega."},
        then=(
            Act(what="take", days_ago=2, by=ELENA),
            Act(what="note", days_ago=2, by=ELENA, text="Confrontati i periodi: la sovrapposizione c'è davvero."),
        ),
    ),
    Story(
        key="carla-complaint", who="carla", kind=Kind.COMPLAINT, days_ago=40, at="09:30",
        typed={"subject": "service", "reason": "conduct", "supply": "", "text": "Al telefono ho aspettato 40 minuti e poi è "
               "caduta la linea."},
        then=(
            Act(what="take", days_ago=38, by=ELENA),
            Act(what="execute", days_ago=30, by=ELENA, text="Ci scusiamo. Quel giorno il centralino era guasto; da allora "
                "richiamiamo chi lascia il numero."),
        ),
    ),
    Story(
        key="roberto-name", who="roberto", kind=Kind.INFORMATION, days_ago=1, at="17:15",
        typed={"topic": "contract", "text": "Fra un anno scade l'offerta dell'officina: quando mandate le nuove condizioni?"},
    ),
    Story(
        key="simone-address", who="simone", kind=Kind.MAILING_ADDRESS, days_ago=18, at="14:22",
        typed={"addressee": "Studio Goldoni", "street": "Via Pico", "street_number": "14", "postcode": "41037",
               "municipality": "Mirandola", "province": "MO", "country": "IT"},
        then=(Act(what="billing", days_ago=18, at="14:23"),),
    ),
    Story(
        key="nadia-closing", who="nadia", kind=Kind.SOMETHING_ELSE, days_ago=52, at="08:10",
        typed={"text": "Il serbatoio è quasi vuoto prima del solito: può esserci una perdita?"},
        then=(
            Act(what="take", days_ago=52, by=GIADA, at="08:31"),
            Act(what="execute", days_ago=52, by=GIADA, at="12:06", text="Il tecnico è passato stamattina: nessuna perdita, era "
                "il telelivello che segnava male. È stato sostituito."),
        ),
    ),
    Story(
        key="stefania-meter", who="stefania", customer="700003", kind=Kind.COMPLAINT, days_ago=27, at="18:18",
        typed={"subject": "billing", "reason": "wrong", "supply": "", "text": "La fattura dell'esposizione continua ad "
               "arrivare in ritardo di una settimana rispetto alla scadenza."},
        then=(Act(what="take", days_ago=24, by=PAOLO),),
    ),
)  # fmt: skip

# How invoices come: by link and by PDF, at one address and at four, of one supply alone, and one that nobody has confirmed.
SUBSCRIBERS = (
    Story(
        key="irene-mail", who="irene", kind=Kind.INVOICE_MAIL, days_ago=150, at="20:05",
        typed={"delivery": "link", "due_date": "on"},
        then=(Act(what="billing", days_ago=150, at="20:06"),),
    ),
    Story(
        key="davide-mail", who="davide", kind=Kind.INVOICE_MAIL, days_ago=120, at="09:15",
        typed={"delivery": "pdf", "address_1": "amministrazione@bergonzini.example.it",
               "address_2": "contabilita@bergonzini.example.it", "address_3": "studio.ferri@example.it",
               "address_4": "archivio@bergonzini.example.it", "due_date": "on", "returned_debit": "on"},
        then=(
            Act(what="confirm", days_ago=120, at="09:20", text="amministrazione@bergonzini.example.it"),
            Act(what="confirm", days_ago=120, at="10:02", text="contabilita@bergonzini.example.it"),
            Act(what="confirm", days_ago=119, at="08:31", text="studio.ferri@example.it"),
            Act(what="confirm", days_ago=119, at="11:45", text="archivio@bergonzini.example.it"),
            Act(what="billing", days_ago=119, at="11:46"),
        ),
    ),
    Story(
        key="roberto-mail", who="roberto", kind=Kind.INVOICE_MAIL, days_ago=80, at="18:40",
        typed={"delivery": "pdf", "returned_debit": "on"},
        then=(Act(what="billing", days_ago=80, at="18:41"),),
    ),
    Story(
        key="ahmed-mail", who="ahmed", kind=Kind.INVOICE_MAIL, days_ago=65, at="21:12",
        typed={"delivery": "link"},
        then=(Act(what="billing", days_ago=65, at="21:13"),),
    ),
    Story(
        key="nadia-mail", who="nadia", kind=Kind.INVOICE_MAIL, days_ago=44, at="07:50",
        typed={"delivery": "link"},
        then=(Act(what="billing", days_ago=44, at="07:51"),),
    ),
    Story(
        key="nadia-mother", who="nadia", kind=Kind.INVOICE_MAIL, days_ago=44, at="07:58", first_supply=True,
        typed={"delivery": "pdf", "address_2": "mamma.barbieri@example.it"},
        then=(
            Act(what="confirm", days_ago=43, at="15:30", text="mamma.barbieri@example.it"),
            Act(what="billing", days_ago=43, at="15:31"),
        ),
    ),
    Story(
        key="franco-mail", who="franco", kind=Kind.INVOICE_MAIL, days_ago=2, at="19:20",
        typed={"delivery": "link", "address_1": "franco.beneti@example.it"},
    ),
)  # fmt: skip

VISITORS = (
    Story(
        key="visitor-noise", who="Gino Pradella", kind=Kind.COMPLAINT, days_ago=3, at="21:47",
        visitor={"answer_by": "email", "email": "gino.pradella@example.it"},
        typed={"subject": "connection", "reason": "late", "text": "In via Volturno lo scavo per il gas è aperto da tre "
               "settimane davanti al mio cancello. Quando lo chiudete?"},
    ),
    Story(
        key="visitor-new", who="Bar Sport di Neri Ivan", kind=Kind.INFORMATION, days_ago=8, at="11:30",
        visitor={"answer_by": "phone", "phone": "0535 55123"},
        typed={"topic": "new", "text": "Apro un bar a Mirandola in primavera: cosa vi serve per attivare luce e gas?"},
        then=(Act(what="take", days_ago=7, by=GIADA),),
    ),
    Story(
        key="visitor-asked", who="Teresa Galavotti", kind=Kind.COMPLAINT, days_ago=15, at="16:00",
        visitor={"answer_by": "email", "email": "teresa.galavotti@example.it", "customer_code": "700999"},
        typed={"subject": "market", "reason": "not_told", "text": "Mi ha telefonato qualcuno a nome vostro per un contratto "
               "che non ho chiesto."},
        then=(
            Act(what="take", days_ago=14, by=ELENA),
            Act(what="ask", days_ago=14, by=ELENA, at="10:50", text="Buongiorno, si ricorda il giorno e il numero da cui "
                "l'hanno chiamata?"),
        ),
    ),
)  # fmt: skip


def tenants(*, seed: int) -> list[Story]:
    """In a company's flats somebody moves every few days."""
    stories = []
    for number in range(TENANTS):
        rng = chance(seed, "tenant", str(number))
        name = f"{rng.choice((*MEN, *WOMEN))} {rng.choice(SURNAMES)}"
        days_ago = 330 - number * 9 - rng.randrange(5)
        done = Act(what="execute", days_ago=days_ago - 4, by=PAOLO, text="Voltura eseguita con la data richiesta.")
        stories.append(
            Story(
                key=f"tenant-{number}", who="davide", kind=Kind.SOMETHING_ELSE, days_ago=days_ago,
                at=f"09:{rng.randrange(60):02d}",
                typed={"text": f"Nell'appartamento {number * 5 + 3} entra {name}: potete mandare a noi la voltura?"},
                then=(done,) if days_ago > 8 else (),
            )
        )  # fmt: skip
    return stories


def stories(*, seed: int) -> Sequence[Story]:
    return [*MARIA, *OTHERS, *SUBSCRIBERS, *VISITORS, *tenants(seed=seed)]


def ask(*, today: date, seed: int) -> None:
    """All of them once; whatever of it is there already stays as it is."""
    tell(stories(seed=seed), today=today)
