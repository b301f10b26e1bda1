"""What people are written about their access, in both languages."""

from sportello.domain.messages.kinds import Kind, Text, register

RECOVERY_LINK = register(
    Kind(
        name="recovery_link",
        placeholders={"username": "maria"},
        texts={
            "it": Text(
                subject="Scelga una nuova password",
                paragraphs=(
                    "Gentile {name},",
                    "abbiamo ricevuto la richiesta di scegliere una nuova password per l'accesso {username}. Il collegamento vale "
                    "un'ora e una volta sola.",
                    "Se non è stato lei, non deve fare nulla: la password resta quella di prima.",
                ),
                action="Scegli una nuova password",
            ),
            "en": Text(
                subject="Choose a new password",
                paragraphs=(
                    "Dear {name},",
                    "we were asked to let you choose a new password for the login {username}. The link works once, within an hour.",
                    "If it was not you, you need do nothing: your password stays as it is.",
                ),
                action="Choose a new password",
            ),
        },
    )
)

RECOVERY_CODE = register(
    Kind(
        name="recovery_code",
        placeholders={"username": "maria", "code": "ABCD-EFGH-JKLM-N", "until": "24/12/2026", "page": "https://…"},
        secrets=frozenset({"code"}),
        texts={
            "it": Text(
                subject="Il suo codice per scegliere una nuova password",
                paragraphs=(
                    "Gentile {name},",
                    "per scegliere una nuova password per l'accesso {username} vada alla pagina {page} e scriva questo codice: {code}.",
                    "Il codice vale una volta sola, fino al {until}. Se non l'ha chiesto lei, non deve fare nulla.",
                ),
            ),
            "en": Text(
                subject="Your code to choose a new password",
                paragraphs=(
                    "Dear {name},",
                    "to choose a new password for the login {username}, go to the page {page} and enter this code: {code}.",
                    "The code works once, until {until}. If you did not ask for it, you need do nothing.",
                ),
            ),
        },
    )
)

PASSWORD_CHANGED = register(
    Kind(
        name="password_changed",
        placeholders={"username": "maria", "when": "24/11/2026, 10:42"},
        texts={
            "it": Text(
                subject="La sua password è stata cambiata",
                paragraphs=(
                    "Gentile {name},",
                    "la password dell'accesso {username} è stata cambiata il {when}. Tutti i dispositivi collegati sono stati scollegati.",
                    "Se non è stato lei, scelga subito una nuova password e ci chiami.",
                ),
                action="Non sono stato io",
            ),
            "en": Text(
                subject="Your password has been changed",
                paragraphs=(
                    "Dear {name},",
                    "the password of the login {username} was changed on {when}. All devices have been signed out.",
                    "If it was not you, choose a new password at once and call us.",
                ),
                action="It was not me",
            ),
        },
    )
)

ACCESS_CHANGED = register(
    Kind(
        name="access_changed",
        placeholders={"username": "maria", "when": "24/11/2026, 10:42", "what": "…"},
        texts={
            "it": Text(
                subject="Il suo accesso è stato modificato",
                paragraphs=(
                    "Gentile {name},",
                    "il {when} nell'accesso {username} è stato cambiato: {what}.",
                    "Se non è stato lei, scelga subito una nuova password e ci chiami.",
                ),
                action="Non sono stato io",
            ),
            "en": Text(
                subject="Your access has been changed",
                paragraphs=(
                    "Dear {name},",
                    "on {when} this was changed in the login {username}: {what}.",
                    "If it was not you, choose a new password at once and call us.",
                ),
                action="It was not me",
            ),
        },
    )
)

RECOVERY_BLOCKED = register(
    Kind(
        name="recovery_blocked",
        placeholders={"username": "maria", "when": "24/11/2026, 10:42"},
        texts={
            "it": Text(
                subject="Troppe risposte sbagliate",
                paragraphs=(
                    "Gentile {name},",
                    "il {when} qualcuno ha risposto cinque volte in modo sbagliato alla domanda dell'accesso {username}. Quel "
                    "collegamento non funziona più; la password resta quella di prima.",
                    "Se era lei, può chiederne un altro.",
                ),
                action="Chiedi un altro collegamento",
            ),
            "en": Text(
                subject="Too many wrong answers",
                paragraphs=(
                    "Dear {name},",
                    "on {when} somebody gave five wrong answers to the question of the login {username}. That link no longer works; "
                    "your password stays as it is.",
                    "If it was you, you can ask for another one.",
                ),
                action="Ask for another link",
            ),
        },
    )
)

PROVE_EMAIL = register(
    Kind(
        name="prove_email",
        placeholders={"username": "maria"},
        texts={
            "it": Text(
                subject="Confermi il suo indirizzo e-mail",
                paragraphs=(
                    "Gentile {name},",
                    "confermi che questo indirizzo è suo: da quel momento lo useremo per l'accesso {username}. Il collegamento vale "
                    "24 ore.",
                    "Se non l'ha chiesto lei, non deve fare nulla.",
                ),
                action="Conferma l'indirizzo",
            ),
            "en": Text(
                subject="Confirm your e-mail address",
                paragraphs=(
                    "Dear {name},",
                    "please confirm that this address is yours: from then on we use it for the login {username}. The link works for "
                    "24 hours.",
                    "If you did not ask for it, you need do nothing.",
                ),
                action="Confirm the address",
            ),
        },
    )
)

CUSTOMER_ADDED = register(
    Kind(
        name="customer_added",
        placeholders={"customer": "700001", "when": "24/11/2026, 10:42"},
        texts={
            "it": Text(
                subject="Primo accesso allo sportello online",
                paragraphs=(
                    "Gentile {name},",
                    "il {when} qualcuno è entrato nello sportello online con il codice web del cliente {customer} e da ora ne vede i "
                    "dati.",
                    "Se non è stato lei, ci chiami: chiudiamo subito quell'accesso.",
                ),
            ),
            "en": Text(
                subject="First access to the online counter",
                paragraphs=(
                    "Dear {name},",
                    "on {when} somebody entered the online counter with the web code of customer {customer} and now sees its data.",
                    "If it was not you, call us: we close that access at once.",
                ),
            ),
        },
    )
)

NEW_WEB_CODE = register(
    Kind(
        name="new_web_code",
        placeholders={
            "customer": "700001",
            "code": "ABCD-EFGH-JKLM-N",
            "until": "24/05/2027",
            "page": "https://sportello.example/first-access/",
        },
        secrets=frozenset({"code"}),
        texts={
            "it": Text(
                subject="Il suo codice web",
                paragraphs=(
                    "Gentile {name},",
                    "il codice web del cliente {customer} è {code}. Vale fino al {until} per il primo accesso allo sportello online: {page}",
                    "I codici precedenti non valgono più. Se non l'ha chiesto lei, non deve fare nulla.",
                ),
            ),
            "en": Text(
                subject="Your web code",
                paragraphs=(
                    "Dear {name},",
                    "the web code of customer {customer} is {code}. It is valid until {until} for the first access to the online counter: {page}",
                    "Earlier codes no longer work. If you did not ask for it, you need do nothing.",
                ),
            ),
        },
    )
)

STAFF_INVITED = register(
    Kind(
        name="staff_invited",
        placeholders={"username": "paolo", "until": "27/11/2026, 10:42"},
        texts={
            "it": Text(
                subject="Il suo accesso allo sportello",
                paragraphs=(
                    "Gentile {name},",
                    "le è stato aperto un accesso di servizio allo sportello online; il suo nome utente è {username}. Scelga la "
                    "password: il collegamento vale una volta sola, fino al {until}.",
                    "Al primo ingresso le verrà chiesto di impostare un secondo passaggio di accesso.",
                ),
                action="Scegli la password",
            ),
            "en": Text(
                subject="Your access to the counter",
                paragraphs=(
                    "Dear {name},",
                    "you have been given a staff access to the online counter; your user name is {username}. Choose your password: the "
                    "link works once, until {until}.",
                    "When you first sign in you will be asked to set up a second step.",
                ),
                action="Choose a password",
            ),
        },
    )
)
