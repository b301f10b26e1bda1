import pytest

from sportello.domain.activities.kinds.self_reading import texts
from sportello.domain.messages.kinds import LANGUAGES, registered
from sportello.domain.messages.placeholders import names_in
from sportello.domain.messages.previews import preview

KINDS = [texts.REFUSED, texts.CORRECTED, texts.NOT_VALID, texts.REMINDER]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_text_is_whole_in_both_languages(kind, language):
    assert kind in registered()
    composed = preview(kind, language)
    assert "{" not in composed.text and "}" not in composed.text
    assert kind.has_link


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_both_languages_say_the_same_things(kind):
    named = [{name for piece in kind.texts[language].pieces() for name in names_in(piece)} for language in LANGUAGES]
    assert named[0] == named[1] >= set(kind.placeholders)
