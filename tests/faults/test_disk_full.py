"""The disk is full while a PDF is kept, a photo comes in, a file of readings is sent and changes of billing are read:
whoever asks is told, nothing is there by half, and with room again it works without anybody's doing.

The tables that are written stand on a small file system of their own, which is filled up to the last block.
"""

import asyncio
import io
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.load.browser import LINK, TOKEN, Answer, Browser, play
from tests.load.house import House, house, wait_until
from tests.load.people import HIDDEN, last_form, typed
from tests.running import place

pytestmark = [
    pytest.mark.torture,
    pytest.mark.alone,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small file system"),
]

SMALL = "64m"
A_PART = 12 * 8192  # bytes: some lines of a file, not all
SERVER = "embedded_postgres"  # whose files these are
# What is written by that which is tried here.
TABLES = (
    "files_keptfile", "activities_activity", "activities_selfreading", "activities_draft", "journal_event", "ledger_ledgerrow",
    "customers_invoice", "customers_invoiceevent",
)  # fmt: skip
UNFINISHED = """
    SELECT 1 FROM activities_activity AS activity
    LEFT JOIN activities_selfreading AS reading ON reading.activity_id = activity.id
    WHERE reading.activity_id IS NULL OR activity.attention = '' AND NOT EXISTS (
        SELECT FROM ledger_ledgerrow WHERE about_key = activity.number)
"""


class Disk:
    """A small file system; ``full()`` leaves ``room`` bytes of it for as long as the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def full(self, home: House, *, room: int = 0) -> Iterator[None]:
        ballast = self.folder / "ballast"
        leave_no_holes(home)
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                file.truncate(file.tell() - room)
        try:
            yield
        finally:
            ballast.unlink(missing_ok=True)


def leave_no_holes(home: House) -> None:
    """Rows go to the end of a table only where there is no room before it; each index stands elsewhere."""
    for table in TABLES:
        home.ask(f"VACUUM FULL {table}")


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with place() as var, house(var, logins=30, persons=160) as made:
        yield made


@pytest.fixture(scope="module")
def disk(home: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    folder = Path(f"/tmp/sportello-disk-{os.getpid()}")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)], check=True)
    try:
        space = folder / "space"
        space.mkdir()
        subprocess.run(["chown", SERVER, str(folder), str(space)], check=True)
        home.ask(f"CREATE TABLESPACE small LOCATION '{space}'")
        for table in TABLES:
            home.ask(f"ALTER TABLE {table} SET TABLESPACE small")
        yield Disk(folder)
        for table in TABLES:
            home.ask(f"ALTER TABLE {table} SET TABLESPACE pg_default")
        home.ask("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture(scope="module")
def at_work(home: House, disk: Disk) -> None:
    home.start_web()
    home.start_worker()


async def visitor(home: House, number: int) -> Browser:
    browser = Browser(home.port, [])
    assert await browser.sign_in(home.customers[number], home.password)
    return browser


def is_a_page_of_trouble(answer: Answer) -> bool:
    return answer.status == 503 and answer.headers.get("retry-after") == "15" and "800 900 999" in answer.text


def everything(home: House) -> dict[str, int]:
    """How many rows each table has; but a file that waits to be confirmed is a draft, and may be there."""
    return {table: count(home, table) for table in TABLES if table != "activities_draft"}


def count(home: House, table: str) -> int:
    ((number,),) = home.ask(f"SELECT count(*) FROM {table}")
    return int(number)


# --- a PDF -----------------------------------------------------------------------------------------------------------


def test_a_pdf_that_cannot_be_kept_is_not_there_and_comes_by_itself_when_there_is_room(home, disk, at_work) -> None:
    async def story() -> None:
        browser = await visitor(home, 0)
        page = await browser.get("/invoices/", "invoices")
        path = next(link for link in LINK.findall(page.text) if link.endswith(".pdf"))
        with disk.full(home):
            waiting = await browser.get(path, "pdf")
            assert waiting.status in (202, 503)
            assert "text/html" in waiting.headers["content-type"]
            assert count(home, "files_keptfile") == 0
        answer = await browser.get(path, "pdf")
        for _ in range(100):
            if answer.status == 200:
                break
            await asyncio.sleep(0.2)
            answer = await browser.get(path, "pdf")
        assert answer.body.startswith(b"%PDF") and answer.body.rstrip().endswith(b"%%EOF")
        assert count(home, "files_keptfile") == 1

    play(story())


# --- a photo ---------------------------------------------------------------------------------------------------------


def photo() -> bytes:
    """Of half a megabyte, which no page's hole can hold."""
    noise = Image.frombytes("RGB", (600, 400), os.urandom(600 * 400 * 3))
    content = io.BytesIO()
    noise.save(content, "JPEG", quality=90)
    return content.getvalue()


async def reading_form(browser: Browser, nth: int = 0) -> tuple[str, dict[str, str]]:
    page = await browser.get("/readings/", "readings")
    paths = sorted({link for link in LINK.findall(page.text) if link.startswith("/readings/UT")})
    return paths[nth], typed((await browser.get(paths[nth], "form")).text)


def test_a_photo_that_cannot_be_kept_leaves_nothing_and_can_be_sent_again(home, disk, at_work) -> None:
    async def story() -> None:
        browser = await visitor(home, 1)
        path, fields = await reading_form(browser)
        before = everything(home)
        content = photo()
        with disk.full(home):
            answer = await browser.post(path, "reading", fields, photo=content)
            assert is_a_page_of_trouble(answer)
            assert everything(home) == before
        again = await browser.post(path, "reading", fields, photo=content)
        if again.status == 200:  # what is unusual is confirmed, with the photo once more
            fields |= dict(HIDDEN.findall(last_form(again.text)))
            again = await browser.post(path, "reading", fields, photo=content)
        assert again.status == 302
        assert (await browser.get(again.location, "receipt")).status == 200
        assert count(home, "files_keptfile") == before["files_keptfile"] + 1
        assert home.ask(UNFINISHED) == []

    play(story())


# --- a file of readings ----------------------------------------------------------------------------------------------


def give_half(home: House, number: int) -> None:
    """Every other customer to one login, as an administrator of flats has them; the others to the next one."""
    home.ask(
        "INSERT INTO customers_customeraccess (user_id, customer_id, granted_at)"
        " SELECT people_user.id, code, now() FROM people_user, customers_customer WHERE username = %s"
        " AND right(code, 1)::int %% 2 = %s"
        " AND NOT EXISTS (SELECT 1 FROM customers_customeraccess WHERE user_id = people_user.id AND customer_id = code)",
        home.customers[number],
        number % 2,
    )


async def file_of_readings(browser: Browser) -> tuple[bytes, int]:
    """The template filled in: every meter that can be read shows one more than it did. And how many lines it has."""
    lines = ["fornitura;data;lettura"]
    for page in range(1, 12):
        listing = await browser.get(f"/readings/?page={page}", "readings")
        for path in sorted({link for link in LINK.findall(listing.text) if link.startswith("/readings/UT")}):
            fields = typed((await browser.get(path, "form")).text)
            values = {name: value for name, value in fields.items() if name.startswith("value_")}
            if len(values) == 1:
                lines.append(f"{path.split('/')[2]};{fields['read_on']};{next(iter(values.values()))}")
    lines = list(dict.fromkeys(lines))
    return "\n".join(lines).encode(), len(lines) - 1


async def send_file(browser: Browser, content: bytes) -> Answer:
    page = await browser.get("/readings/upload/", "upload")
    token = TOKEN.findall(page.text)[-1]
    answer = await browser.post("/readings/upload/", "upload", {"csrfmiddlewaretoken": token}, file=content)
    if answer.status == 200 and 'name="confirmed"' in answer.text:
        fields = dict(HIDDEN.findall(answer.text[answer.text.rfind('name="confirmed"') - 2000 :]))
        answer = await browser.post("/readings/upload/", "upload", fields)
    return answer


def test_a_file_of_readings_is_taken_as_a_whole_or_not_at_all(home, disk, at_work) -> None:
    async def story() -> None:
        give_half(home, 2)
        browser = await visitor(home, 2)
        content, lines = await file_of_readings(browser)
        assert lines > 40
        before = everything(home)
        with disk.full(home, room=A_PART):
            assert is_a_page_of_trouble(await send_file(browser, content))
            assert everything(home) == before
        again = await send_file(browser, content)
        assert (again.status, again.location) == (302, "/requests/"), again.text[:3000]
        assert count(home, "activities_activity") == before["activities_activity"] + lines
        assert home.ask(UNFINISHED) == []

    play(story())
    wait_until(
        lambda: not home.ask("SELECT 1 FROM ledger_ledgerrow WHERE state IN ('queued', 'sent')"), "rows stay behind"
    )


# --- changes of billing ----------------------------------------------------------------------------------------------


def test_changes_that_cannot_be_written_come_when_there_is_room(home, disk, at_work) -> None:
    invoices = "SELECT count(*) FROM customers_invoice"
    supplies = [
        code for (code,) in home.ask("SELECT code FROM customers_supply WHERE status = 'active' ORDER BY code LIMIT 30")
    ]
    ((before,),) = home.ask(invoices)
    with disk.full(home):
        home.run_module("tests.load.office", "issue", *supplies)
        ((asked,),) = home.ask("SELECT now()")
        time.sleep(4)
        assert home.ask(invoices) == [(before,)]
        assert not home.ask("SELECT 1 FROM customers_feed WHERE as_of > %s", asked)
    wait_until(lambda: home.ask(invoices) == [(before + len(supplies),)], "the invoices do not come")
    assert home.ask("SELECT 1 FROM customers_feed WHERE as_of > %s", asked)


# --- the control -----------------------------------------------------------------------------------------------------


def test_written_line_by_line_a_part_would_be_there(home, disk, at_work) -> None:
    """The control: the same file by a web process that has no transaction around it."""
    home.stop()
    home.start_web_without("tests.faults.hasty:application")
    try:
        play(story_without_a_transaction(home, disk))
    finally:
        home.stop()
        home.start_web()
        home.start_worker()


async def story_without_a_transaction(home: House, disk: Disk) -> None:
    give_half(home, 3)
    home.ask("DELETE FROM activities_draft")
    browser = await visitor(home, 3)
    content, lines = await file_of_readings(browser)
    before = count(home, "activities_activity")
    with disk.full(home, room=A_PART):
        await send_file(browser, content)
        written = count(home, "activities_activity") - before
    assert 0 < written < lines
