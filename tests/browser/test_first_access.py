"""From the bill to the overview, and back in after a forgotten password: with an e-mail address, and without one."""

import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import LOOKS, assert_fine_and_fits
from tests.running import Demo

PASSWORD, NEW = "una frase lunga e facile", "un'altra frase, più lunga"
WORDS = {
    "it": {
        "first": "Primo accesso con il codice in bolletta", "code": "Codice web", "number": "Codice cliente o codice fiscale",
        "mistyped": "errore di battitura", "continue": "Continua", "user": "Nome utente", "email": "Indirizzo e-mail",
        "password": "Password", "question": "Domanda segreta", "answer": "La sua risposta", "create": "Crea il mio accesso",
        "ready": "Il suo accesso è pronto", "sign in": "Accedi", "forgotten": "Password dimenticata?", "post": "Per posta",
        "who": "Nome utente o indirizzo e-mail", "teacher": "maestra", "new": "Nuova password", "set": "Imposta la nuova password",
        "wrong": "Non è giusto", "done": "La nuova password è impostata", "open": "Apri il collegamento", "mine": "Sì",
        "proven": "Il suo indirizzo e-mail è confermato", "executed": "Evasa", "letter": "Codice della lettera", "show": "Mostra",
        "own": "Una domanda mia", "own words": "La sua domanda",
    },
    "en": {
        "first": "First access with the code on the bill", "code": "Web code", "number": "Customer number or tax code",
        "mistyped": "typing mistake", "continue": "Continue", "user": "User name", "email": "E-mail address",
        "password": "Password", "question": "Secret question", "answer": "Your answer", "create": "Create my access",
        "ready": "Your access is ready", "sign in": "Sign in", "forgotten": "Forgotten password?", "post": "By post",
        "who": "User name or e-mail address", "teacher": "teacher", "new": "New password", "set": "Set the new password",
        "wrong": "This is not right", "done": "Your new password is set", "open": "Open the link", "mine": "Yes",
        "proven": "Your e-mail address is confirmed", "executed": "Executed", "letter": "Code in the letter", "show": "Show",
        "own": "A question of my own", "own words": "Your own question",
    },
}  # fmt: skip


@dataclass
class Story:
    page: Page
    language: str

    def __getitem__(self, word: str) -> str:
        return WORDS[self.language][word]

    def fine(self) -> None:
        assert_fine_and_fits(self.page, self.language)

    def fill(self, word: str, text: str) -> None:
        self.page.get_by_role("textbox", name=self[word]).first.fill(text)

    def secret(self, word: str, text: str) -> None:
        self.page.locator("input[type=password]").and_(self.page.get_by_label(self[word])).fill(text)

    def press(self, word: str) -> None:
        self.page.locator("main").get_by_role("button", name=self[word]).first.click()

    def follow(self, word: str) -> None:
        self.page.locator("main").get_by_role("link", name=self[word]).first.click()

    def go(self, path: str) -> None:
        parts = urlsplit(self.page.url)
        self.page.goto(f"{parts.scheme}://{parts.netloc}{path}")

    def heading(self, word: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self[word])

    def mail(self, words: dict[str, str], name: str) -> str:
        """Opens the newest message of this subject to somebody, once it is there; gives its text."""
        deadline = time.monotonic() + 20
        row = self.page.get_by_role("row").filter(has_text=words[self.language]).filter(has_text=name)
        self.go("/demo/mailbox/")
        while not row.count():
            assert time.monotonic() < deadline, "no mail has come"
            time.sleep(0.2)
            self.page.reload()
        self.fine()
        row.first.get_by_role("link").click()
        self.fine()
        return self.page.locator(".letter").inner_text()

    def sign_in(self, username: str, password: str) -> None:
        self.page.get_by_label(self["user"]).fill(username)
        self.page.locator("input[type=password]").fill(password)
        self.page.locator("main .button.main").click()
        self.page.wait_for_url(re.compile("/overview/"))

    def sign_out(self) -> None:
        self.page.locator("details.menu summary").click()
        self.page.locator("details.menu form button").click()
        self.page.wait_for_url("**/sign-in/")

    def register(self, who: dict[str, Any], username: str, email: str) -> None:
        """From the sign-in page to the end of first access; each page is looked at."""
        self.follow("first")
        self.fine()
        self.fill("code", who["web_code"][:-1] + "2A")
        self.fill("number", who["customer_number"])
        self.press("continue")
        expect(self.page.get_by_role("alert")).to_contain_text(self["mistyped"])
        self.fine()
        self.fill("code", f"  {who['web_code'].lower().replace('-', ' ')} ")
        self.fill("number", who["tax_code"].lower())
        self.press("continue")
        self.fine()
        self.fill("user", username)
        if email:
            self.fill("email", email)
        self.press("continue")
        self.fine()


SUBJECTS = {
    "proof": {"it": "Confermi il suo indirizzo", "en": "Confirm your e-mail address"},
    "link": {"it": "Scelga una nuova password", "en": "Choose a new password"},
    "letter": {"it": "Il suo codice per scegliere", "en": "Your code to choose"},
}


@pytest.fixture(params=[("it", 390), pytest.param(("en", 1200), marks=pytest.mark.torture)], ids=["it", "en"])
def story(request, visit) -> Story:
    language, width = request.param
    return Story(visit("/sign-in/", language=language, width=width), language)


def newcomer(demo: Demo, number: int) -> dict[str, Any]:
    return [person for person in demo.cast if person.get("web_code")][number]


def test_with_an_address(story: Story, demo: Demo) -> None:
    who = newcomer(demo, 0 if story.language == "it" else 2)
    email = f"nuovo.{story.language}@example.it"
    story.register(who, f"nuovo.{story.language}", email)
    story.secret("password", "corta")
    story.page.get_by_label(story["question"]).select_option("first_teacher")
    story.fill("answer", "Ines Bianchi")
    story.press("create")
    story.fine()
    story.secret("password", PASSWORD)
    story.page.get_by_role("button", name=story["show"]).click()
    expect(story.page.locator("input[name=password]")).to_have_attribute("type", "text")
    story.press("create")
    story.heading("ready")
    story.fine()
    story.follow("sign in")
    story.sign_in(f"nuovo.{story.language}", PASSWORD)
    story.go("/requests/")
    expect(story.page.get_by_text(story["executed"])).to_be_visible()
    story.fine()
    story.go("/account/")
    expect(story.page.get_by_text(email)).to_be_visible()
    story.fine()
    story.mail(SUBJECTS["proof"], email)
    story.follow("open")
    story.fine()
    story.press("mine")
    story.heading("proven")
    story.fine()
    story.sign_out()

    story.follow("forgotten")
    story.fine()
    story.fill("who", email)
    story.press("continue")
    story.fine()
    story.mail(SUBJECTS["link"], email)
    story.follow("open")
    expect(story.page.get_by_label(story["teacher"])).to_be_visible()
    story.fine()
    address = story.page.url
    story.page.get_by_label(story["teacher"]).fill("Somebody else")
    story.secret("new", NEW)
    story.press("set")
    expect(story.page.get_by_role("alert")).to_contain_text(story["wrong"])
    story.fine()
    story.page.get_by_label(story["teacher"]).fill("ines  BIANCHI")
    story.secret("new", NEW)
    story.press("set")
    expect(story.page.get_by_role("status")).to_contain_text(story["done"])
    story.fine()
    story.sign_in(email, NEW)
    story.page.goto(address)
    story.fine()


def test_without_an_address(story: Story, demo: Demo) -> None:
    who = newcomer(demo, 1 if story.language == "it" else 3)
    username = f"senza.{story.language}"
    story.register(who, username, "")
    story.secret("password", PASSWORD)
    story.page.get_by_label(story["question"]).select_option("own")
    story.fill("own words", "Il nome della mia barca?")
    story.fill("answer", "Nina Seconda")
    story.press("create")
    story.heading("ready")
    story.follow("sign in")
    story.sign_in(username, PASSWORD)
    story.sign_out()

    story.follow("forgotten")
    story.fill("who", username)
    story.page.get_by_label(story["post"]).check()
    story.press("continue")
    story.fine()
    letter = story.mail(SUBJECTS["letter"], who["name"])
    code = re.search(r"\w{4}-\w{4}-\w{4}-\w", letter)
    assert code
    story.go("/recovery-code/")
    story.fine()
    story.fill("letter", code[0].lower().replace("-", " "))
    story.fill("user", username)
    story.press("continue")
    story.page.get_by_label("Il nome della mia barca?").fill("nina seconda")
    story.secret("new", NEW)
    story.press("set")
    expect(story.page.get_by_role("status")).to_contain_text(story["done"])
    story.sign_in(username, NEW)


PAGES = (
    "user-name/", "password/", "question/", "email/", "email/remove/", "saved-code/", "customers/add/", "log/",
)  # fmt: skip


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_the_pages_of_ones_access(visit, language: str, width: int) -> None:
    story = Story(visit("/account/", who="franco", language=language, width=width, anew=True), language)
    story.fine()
    for path in PAGES:
        story.go(f"/account/{path}")
        story.fine()
    story.go("/account/password/")
    story.page.locator("main .button.main").click()
    story.fine()
    for path in (
        "/first-access/lost-code/",
        "/first-access/lost-code/sent/",
        "/choose-password/x/",
        "/forgot-password/post/",
    ):
        story.go(path)
        story.fine()
