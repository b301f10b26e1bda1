import pytest
from stdnum.exceptions import InvalidComponent, InvalidFormat, InvalidLength

from sportello.italy import telephone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0535 661234", "+390535661234"),
        ("0535/66.12-34", "+390535661234"),
        ("(059) 123456", "+39059123456"),
        ("+39 06 12345678", "+390612345678"),
        ("0039 333 1234567", "+393331234567"),
        ("333\u00a01234567", "+393331234567"),
        ("339123456", "+39339123456"),
        ("393 1234567", "+393931234567"),
        ("012345", "+39012345"),
        ("01234567890", "+3901234567890"),
        ("+33 1 23 45 67 89", "+33123456789"),
        ("0044 20 7946 0000", "+442079460000"),
    ],
)
def test_one_spelling_of_a_number(typed, kept):
    assert telephone.validate(typed) == kept
    assert telephone.is_valid(typed)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", InvalidFormat),
        ("telefono", InvalidFormat),
        ("333 1234567 o 334", InvalidFormat),
        ("٠٥٣٥٦٦١٢٣٤", InvalidFormat),
        ("5551234567", InvalidFormat),
        ("++39333", InvalidFormat),
        ("+", InvalidFormat),
        ("800 123456", InvalidComponent),
        ("+39 199 123456", InvalidComponent),
        ("89212345", InvalidComponent),
        ("01234", InvalidLength),
        ("012345678901", InvalidLength),
        ("33312345", InvalidLength),
        ("33312345678", InvalidLength),
        ("+331234", InvalidLength),
        ("+3312345678901234", InvalidLength),
    ],
)
def test_what_nobody_can_call_is_refused(typed, error):
    with pytest.raises(error):
        telephone.validate(typed)
    assert not telephone.is_valid(typed)
