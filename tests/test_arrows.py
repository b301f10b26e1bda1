"""The order of rooms holds for foreign keys too, which import contracts cannot see."""

from django.apps import apps

from sportello.wiring import ROOMS


def room_of(model: type) -> str | None:
    parts = model.__module__.split(".")
    return parts[2] if parts[:2] == ["sportello", "domain"] else None


def test_foreign_keys_point_to_the_same_room_or_a_lower_one() -> None:
    wrong = []
    for model in apps.get_models():
        room = room_of(model)
        if room is None:
            continue
        for field in model._meta.get_fields():
            target = room_of(field.related_model) if field.many_to_one and field.related_model else None
            if target and ROOMS.index(target) < ROOMS.index(room):
                wrong.append(f"{model.__name__}.{field.name} points up to {target}")
    assert wrong == []


def test_every_room_with_tables_is_in_the_order() -> None:
    rooms = {room for model in apps.get_models() if (room := room_of(model))}
    assert rooms <= set(ROOMS)
    assert len(rooms) >= 4
