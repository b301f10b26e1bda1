"""The names of the demo company's customers: common ones of Italy and of the lower Po valley, and some from abroad."""

MEN = (
    "Andrea", "Marco", "Luca", "Giuseppe", "Francesco", "Paolo", "Davide", "Stefano", "Roberto", "Matteo", "Giovanni",
    "Alessandro", "Fabio", "Nicolò", "Simone", "Enrico", "Claudio", "Massimo", "Gianni", "Federico",
)  # fmt: skip
WOMEN = (
    "Anna", "Giulia", "Francesca", "Elena", "Chiara", "Sara", "Paola", "Laura", "Silvia", "Barbara", "Cristina",
    "Valentina", "Federica", "Roberta", "Monica", "Alessia", "Daniela", "Teresa", "Ilaria", "Simona",
)  # fmt: skip
SURNAMES = (
    "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno",
    "Gallo", "Conti", "De Luca", "Mancini", "Malagoli", "Goldoni", "Pedrazzi", "Bellini", "Barbieri", "Vincenzi",
    "Cavicchioli", "Diazzi", "Molinari", "Reggiani", "Secchi", "Tassi", "Zerbini", "Calanca", "Mantovani", "Paltrinieri",
    "Bulgarelli", "Luppi", "Gavioli", "Morselli", "Pellacani", "Bertoli", "Ragazzi", "Borghi", "Cestari", "Neri",
)  # fmt: skip

# The country's Belfiore code, then men's and women's first names and surnames.
ABROAD = (
    ("Z100", ("Arben", "Ilir"), ("Mirela", "Elira"), ("Hoxha", "Shehu")),
    ("Z129", ("Ionuț", "Andrei"), ("Mihaela", "Ioana"), ("Popescu", "Dumitrescu")),
    ("Z138", ("Oleksandr", "Andriy"), ("Oksana", "Iryna"), ("Kovalenko", "Shevchuk")),
    ("Z210", ("Wei", "Jun"), ("Li", "Xiu"), ("Hu", "Zhou")),
    ("Z330", ("Youssef", "Hamid"), ("Fatima", "Khadija"), ("Benali", "El Idrissi")),
    ("Z352", ("Karim", "Sami"), ("Leila", "Amira"), ("Trabelsi", "Ben Salah")),
)

COMPANIES = (
    "Salumificio {} S.r.l.", "Officina Meccanica {} S.n.c.", "Forno {} di {} & C. S.a.s.",
    "Caseificio {} Soc. Agr. Coop.",
    "Studio Dentistico {} & Associati", "Biomedicale {} S.p.A.", "Trasporti {} S.r.l.", "Bar Ristorante {} S.r.l.",
    "Ceramiche {} S.p.A.", "Maglificio {} S.r.l.",
)  # fmt: skip
CONDOMINIUMS = (
    "Condominio Le Magnolie", "Condominio Secchia", "Condominio Residenza I Tigli", "Condominio Pico 14",
    "Condominio Vallalta", "Condominio Gramsci 8", "Condominio Le Betulle", "Condominio Ariosto", "Condominio Il Parco",
    "Condominio Cairoli 21",
)  # fmt: skip
