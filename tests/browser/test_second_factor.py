"""Two-step sign-in by somebody who wants it: an app, a passkey, recovery codes, and away with them."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests import second_factors as factors
from tests.browser.test_pages import assert_fine

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
WHO = "maddalena"
WORDS = {
    "it": {
        "user": "Nome utente", "set up": "Configura l'app", "code": "Codice", "on": "Attiva", "add": "Aggiungi una passkey",
        "create": "Aggiungi", "use": "Usi la passkey", "alone": "Accedi con una passkey", "sign in": "Accedi",
        "drop passkey": "Rimuovi la passkey", "drop app": "Rimuovi l'app", "remove": "Rimuovi", "others": "Termina tutte le altre",
        "not set up": "Non attiva", "rename": "Rinomina", "save": "Salva", "name": "Nome", "none used": "La passkey non è stata usata",
        "make": "Crea nuovi codici",
    },
    "en": {
        "user": "User name", "set up": "Set up the app", "code": "Code", "on": "Switch it on", "add": "Add a passkey",
        "create": "Add", "use": "Use your passkey", "alone": "Sign in with a passkey", "sign in": "Sign in",
        "drop passkey": "Remove the passkey", "drop app": "Remove the app", "remove": "Remove", "others": "End all the others",
        "not set up": "Not set up", "rename": "Rename", "save": "Save", "name": "Name", "none used": "The passkey was not used",
        "make": "Make new codes",
    },
}  # fmt: skip


def with_device(page: Page) -> tuple[object, str]:
    """A device that keeps passkeys and recognises its owner's finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


def go(page: Page, path: str) -> None:
    parts = urlsplit(page.url)
    page.goto(f"{parts.scheme}://{parts.netloc}{path}")


def sign_out(page: Page) -> None:
    go(page, "/sign-out/")
    page.locator("main .button.main").click()
    page.wait_for_url("**/sign-in/")


def type_password(page: Page, demo, words: dict[str, str]) -> None:
    person = demo.person(WHO)
    page.get_by_label(words["user"]).fill(person["username"])
    page.get_by_label("Password", exact=True).fill(person["password"])
    page.locator("main .button.main").click()


@pytest.fixture(params=["it", pytest.param("en", marks=pytest.mark.torture)])
def language(request) -> Iterator[str]:
    return request.param


def test_a_customer_takes_two_steps_and_goes_back_to_one(visit, demo, language) -> None:
    words = WORDS[language]
    page = visit("/two-step/", who=WHO, language=language, width=390, anew=True)
    devtools, device = with_device(page)
    assert_fine(page, language)

    page.get_by_role("link", name=words["set up"]).click()
    assert_fine(page, language)
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label(words["code"], exact=True).fill("000000")
    page.get_by_role("button", name=words["on"]).click()
    assert_fine(page, language)
    assert page.locator("#secret").inner_text().replace(" ", "") == secret
    page.get_by_label(words["code"], exact=True).fill(factors.code(secret))
    page.get_by_role("button", name=words["on"]).click()
    page.wait_for_url("**/recovery-codes/")
    assert_fine(page, language)
    codes = [code.replace(" ", "") for code in page.locator("li.code").all_inner_texts()]
    assert len(codes) == 10

    go(page, "/two-step/passkeys/")
    assert_fine(page, language)
    page.get_by_role("button", name=words["create"], exact=True).click()
    page.wait_for_url("**/two-step/")
    assert_fine(page, language)
    expect(page.locator("[id^=passkey-]")).to_contain_text("Chrome, Linux")

    sign_out(page)
    type_password(page, demo, words)
    page.wait_for_url("**/sign-in/second-step/")
    assert_fine(page, language)
    page.get_by_label(words["code"], exact=True).fill("000000")
    page.get_by_role("button", name=words["sign in"], exact=True).click()
    assert_fine(page, language)
    page.get_by_label(words["code"], exact=True).fill(codes[0])
    page.get_by_role("button", name=words["sign in"], exact=True).click()
    page.wait_for_url("**/overview/")

    sign_out(page)
    type_password(page, demo, words)
    page.get_by_role("button", name=words["use"]).click()
    page.wait_for_url("**/overview/")

    sign_out(page)
    page.get_by_role("button", name=words["alone"]).click()
    page.wait_for_url("**/overview/")

    go(page, "/two-step/")
    page.get_by_role("link", name=words["rename"]).click()
    assert_fine(page, language)
    page.get_by_label(words["name"]).fill("Telefono")
    page.get_by_role("button", name=words["save"]).click()
    page.get_by_role("link", name=f"{words['remove']}: Telefono").click()
    assert_fine(page, language)
    page.get_by_role("button", name=words["drop passkey"]).click()
    page.wait_for_url("**/two-step/")
    page.get_by_role("link", name=words["make"]).click()
    assert_fine(page, language)

    sign_out(page)
    page.get_by_role("button", name=words["alone"]).click()
    page.wait_for_url("**/sign-in/?passkey=refused")
    assert_fine(page, language)
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": device})
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    type_password(page, demo, words)
    page.wait_for_url("**/sign-in/second-step/")
    page.get_by_label(words["code"], exact=True).fill(codes[1])
    page.get_by_role("button", name=words["sign in"], exact=True).click()
    page.wait_for_url("**/overview/")
    go(page, "/two-step/app/remove/")
    assert_fine(page, language)
    page.get_by_role("button", name=words["drop app"]).click()
    page.wait_for_url("**/two-step/")
    expect(page.get_by_text(words["not set up"])).to_have_count(2)


def test_a_passkey_that_is_not_used_is_told(visit, language) -> None:
    page = visit("/sign-in/", language=language)
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('cancelled')); }")
    page.get_by_role("button", name=WORDS[language]["alone"]).click()
    expect(page.locator("[data-problem]")).to_contain_text(WORDS[language]["none used"])
    assert_fine(page, language)


def test_the_pages_that_ask_again(visit, demo, language) -> None:
    page = visit("/sign-in/again/?next=/two-step/app/", who=WHO, language=language, width=390, anew=True)
    assert_fine(page, language)
    page.get_by_label("Password").fill("wrong")
    page.locator("main .button.main").click()
    assert_fine(page, language)
    page.get_by_label("Password").fill(demo.person(WHO)["password"])
    page.locator("main .button.main").click()
    page.wait_for_url("**/two-step/app/")


def test_one_device_ends_the_others(visit, language) -> None:
    words = WORDS[language]
    first = visit("/overview/", who=WHO, language=language, width=390, anew=True)
    second = visit("/sessions/", who=WHO, language=language, width=390, anew=True)
    assert_fine(second, language)
    second.get_by_role("button", name=words["others"]).click()
    expect(second.get_by_role("button", name=words["others"])).to_have_count(0)
    assert_fine(second, language)
    first.reload()
    assert "/sign-in/" in first.url
    second.reload()
    assert "/sessions/" in second.url


def test_without_script_the_page_offers_no_passkey(chromium, demo, language) -> None:
    context = chromium.new_context(java_script_enabled=False, locale=f"{language}-{language.upper()}")
    page = context.new_page()
    page.goto(f"{demo.address}/sign-in/")
    expect(page.get_by_role("button", name=WORDS[language]["alone"])).to_be_hidden()
    context.close()
