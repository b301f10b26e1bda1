"""Who signs in to the demo, with which customers, and what is to be seen there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Protagonist:
    """Somebody who signs in, and the customers that are his. ``about`` says what is to be seen.

    ``proven`` tells whether login and billing know his e-mail address; who has none is written to by post.
    """

    key: str
    first_name: str
    last_name: str
    email: str
    customer_codes: tuple[str, ...]
    about: str
    language: str = "it"
    proven: bool = True


PROTAGONISTS = (
    Protagonist(
        key="maria",
        first_name="Maria",
        last_name="Guerzoni",
        email="maria.guerzoni@example.it",
        customer_codes=("700001",),
        about="gas and electricity at home; a gas bill due in six days, an electricity bill overdue and partly paid",
    ),
    Protagonist(
        key="stefania",
        first_name="Stefania",
        last_name="Lugli",
        email="stefania.lugli@example.it",
        customer_codes=("700002", "700003"),
        about="two customers: her home and her company",
    ),
    Protagonist(
        key="davide",
        first_name="Davide",
        last_name="Bergonzini",
        email="davide.bergonzini@example.it",
        customer_codes=("700004",),
        about="a company with two hundred supplies, a hundred of them gas meters to be read, best by file",
    ),
    Protagonist(
        key="chiara",
        first_name="Chiara",
        last_name="Malagoli",
        email="chiara.malagoli@example.it",
        customer_codes=("700005",),
        about="no supply yet",
    ),
    Protagonist(
        key="tommaso",
        first_name="Tommaso",
        last_name="Zanoli",
        email="tommaso.zanoli@example.it",
        customer_codes=("700006",),
        about="a supply that is being activated, no bill yet",
    ),
    Protagonist(
        key="franco",
        first_name="Franco",
        last_name="Benatti",
        email="franco.benatti@example.it",
        customer_codes=("700007",),
        about="paid a bill twice: a credit balance",
    ),
    Protagonist(
        key="luisa",
        first_name="Luisa",
        last_name="Pivetti",
        email="luisa.pivetti@example.it",
        customer_codes=("700008",),
        about="a credit note; a reading that waits for an operator",
    ),
    Protagonist(
        key="giorgio",
        first_name="Giorgio",
        last_name="Razzaboni",
        email="giorgio.razzaboni@example.it",
        customer_codes=("700009",),
        about="a closed supply beside one that goes on; his login has no e-mail address, so he is written to by post",
        proven=False,
    ),
    Protagonist(
        key="ahmed",
        first_name="Ahmed",
        last_name="El Amrani",
        email="ahmed.el-amrani@example.it",
        customer_codes=("700010",),
        about="born in Morocco, reads English; gas and electricity on one bill; a reading that the distributor refused",
        language="en",
    ),
    Protagonist(
        key="mario",
        first_name="Mario",
        last_name="Rossi",
        email="mario.rossi@example.it",
        customer_codes=("700011",),
        about="a tax code with letters for digits (omocodia); a direct debit that came back",
    ),
    Protagonist(
        key="maddalena",
        first_name="Maria Maddalena Immacolata",
        last_name="D'Àngelo-Österreicher della Rovere-Montecuccoli",
        email="maria-maddalena-immacolata.dangelo-osterreicher-della-rovere-montecuccoli@example.it",
        customer_codes=("700012",),
        about="very long names with accents; one bill is contested; a reading that has just been sent",
    ),
    Protagonist(
        key="roberto",
        first_name="Roberto",
        last_name="Setti",
        email="roberto.setti@example.it",
        customer_codes=("700013",),
        about="a workshop whose gas meter has a volume corrector: two numbers to read",
    ),
    Protagonist(
        key="carla",
        first_name="Carla",
        last_name="Diazzi",
        email="carla.diazzi@example.it",
        customer_codes=("700014",),
        about="a gas meter that will soon begin anew at nought, and one for electricity that was swapped in spring",
    ),
    Protagonist(
        key="simone",
        first_name="Simone",
        last_name="Goldoni",
        email="simone.goldoni@example.it",
        customer_codes=("700015",),
        about="water, which can be read on any day, a fixed line and a mobile one",
    ),
    Protagonist(
        key="nadia",
        first_name="Nadia",
        last_name="Barbieri",
        email="nadia.barbieri@example.it",
        customer_codes=("700016",),
        about="LPG from a tank at her house and from a network, with a meter, at her mother's",
    ),
    Protagonist(
        key="fabio",
        first_name="Fabio",
        last_name="Vincenzi",
        email="fabio.vincenzi@example.it",
        customer_codes=("700017",),
        about="meters that are read from afar",
    ),
    Protagonist(
        key="irene",
        first_name="Irene",
        last_name="Pedrazzi",
        email="irene.pedrazzi@example.it",
        customer_codes=("700018",),
        about="reads her gas meter herself; the reading of three days ago is on a bill already",
    ),
)
