import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

PREDICTABLE = [
    "123456789012", "012345678901", "098765432109", "abcdefghijkl", "qwertyuiopas", "aaaaaaaaaaaa", "abababababab", "111222333444",
    "Concordia Energia 1", "ConcordiaEnergia2026!", "Sportello-2026-1", "Password1234!", "password-password",
]  # fmt: skip


@pytest.mark.parametrize("password", PREDICTABLE)
def test_what_anybody_would_try_first_is_refused(password, settings):
    settings.COMPANY_NAME = "Concordia Energia"
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "sportello del gas", "una frase lunga", "1234 cavalli 5678", "zxcvbnm, poi altro"],
)
def test_other_long_ones_will_do(password):
    validate_password(password)
