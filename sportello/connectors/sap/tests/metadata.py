"""Reads a service's $metadata and says what it forbids about an address, knowing nothing of how we build addresses."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

EDM = "{http://schemas.microsoft.com/ado/2008/09/edm}"
SAP = "{http://www.sap.com/Protocols/SAPData}"
STREAM = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}HasStream"
PATH = re.compile(r"(\w+)\('[^']*'\)(?:/(\w+))?(/\$value)?")
ROW = re.compile(r"(\w+)(?:\((.*)\))?")
KEY = re.compile(r"(?:(\w+)=)?'((?:[^']|'')*)'(?:,|$)")
METHODS = {"POST": "creatable", "MERGE": "updatable", "DELETE": "deletable"}
JSON_SHAPES = {
    "Edm.DateTime": re.compile(r"/Date\(-?\d+\)/"),
    "Edm.Decimal": re.compile(r"-?\d{1,17}(\.\d{1,14})?"),
}


@dataclass
class EntityType:
    name: str
    keys: list[str] = field(default_factory=list)
    properties: dict[str, ElementTree.Element] = field(default_factory=dict)
    navigation: dict[str, str] = field(default_factory=dict)
    streams: bool = False

    def says_what_is_creatable(self) -> bool:
        """Where a set is creatable and not one property of its type is, nobody has ever set the properties' flags: a row
        without any property is no row. SAP's documentation lists POST for these, and companies post to them."""
        return any(
            found.get(f"{SAP}creatable") != "false" for found in self.properties.values() if not is_complex(found)
        )


def is_complex(prop: ElementTree.Element) -> bool:
    return not prop.get("Type", "").startswith("Edm.")


class Service:
    def __init__(self, path: Path) -> None:
        root = ElementTree.parse(path).getroot()
        ends = {
            (association.get("Name"), end.get("Role")): end.get("Type", "").rpartition(".")[2]
            for association in root.iter(f"{EDM}Association")
            for end in association.iter(f"{EDM}End")
        }
        self.types = {}
        for element in root.iter(f"{EDM}EntityType"):
            entity = EntityType(element.get("Name"), streams=element.get(STREAM) == "true")
            entity.keys = [key.get("Name") for key in element.iter(f"{EDM}PropertyRef")]
            entity.properties = {found.get("Name"): found for found in element.iter(f"{EDM}Property")}
            for found in element.iter(f"{EDM}NavigationProperty"):
                association = found.get("Relationship", "").rpartition(".")[2]
                entity.navigation[found.get("Name")] = ends[association, found.get("ToRole")]
            self.types[entity.name] = entity
        self.complex = {
            found.get("Name"): {prop.get("Name"): prop for prop in found.iter(f"{EDM}Property")}
            for found in root.iter(f"{EDM}ComplexType")
        }
        self.sets = {found.get("Name"): found for found in root.iter(f"{EDM}EntitySet")}
        self.set_of = {found.get("EntityType").rpartition(".")[2]: found for found in self.sets.values()}

    def problems(self, address: str) -> list[str]:
        """What the metadata does not allow about ``address``; nothing if the service must answer it."""
        path, _, query = address.partition("?")
        match = PATH.fullmatch(unquote(path))
        if not match:
            return [f"{path} is no key and navigation"]
        name, navigation, value = match.groups()
        if name not in self.sets:
            return [f"there is no set {name}"]
        found = []
        entity = self.types[self.sets[name].get("EntityType").rpartition(".")[2]]
        if self.sets[name].get(f"{SAP}addressable") == "false":
            found.append(f"{name} is not addressable")
        if len(entity.keys) != 1:
            found.append(f"{name} has no single key")
        if navigation:
            if navigation not in entity.navigation:
                return [*found, f"{entity.name} has no navigation {navigation}"]
            entity = self.types[entity.navigation[navigation]]
        if value and not entity.streams:
            found.append(f"{entity.name} has no stream")
        return found + self._options(entity, dict(parse_qsl(query, keep_blank_values=True)))

    def write_problems(self, method: str, address: str, body: dict[str, object] | None) -> list[str]:
        """What the metadata does not allow about sending ``body``: creating a row, with what is created below it, changing
        one by MERGE, or taking one out."""
        match = ROW.fullmatch(unquote(address))
        if not match or match[1] not in self.sets:
            return [f"there is no set {address}"]
        name, keys = match[1], dict(KEY.findall(match[2] or ""))
        element, what = self.sets[name], METHODS[method]
        entity = self.types[element.get("EntityType").rpartition(".")[2]]
        found = [f"{name} is not {what}"] if element.get(SAP + what) == "false" else []
        if method == "POST":
            return found + ([f"{name} is created without a key"] if keys else []) + self._created(entity, body)
        if len(entity.keys) == 1 and list(keys) == [""]:
            keys = {entity.keys[0]: keys[""]}
        if sorted(keys) != sorted(entity.keys):
            return [*found, f"{name} is told apart by {', '.join(entity.keys)}"]
        found += [problem for key, value in keys.items() for problem in self._unfit(entity.properties[key], value)]
        if method == "DELETE":
            return found + (["nothing is sent with a DELETE"] if body is not None else [])
        for prop, value in (body or {}).items():
            found += self._forbidden(entity, prop, what) or self._unfit(entity.properties[prop], value, what)
        return found

    def _created(self, entity: EntityType, body: dict[str, object] | None) -> list[str]:
        """Association sets are all marked ``creatable="false"``, which is about links between rows that are there already."""
        if body is None:
            return ["nothing is created"]
        flagged, found = entity.says_what_is_creatable(), []
        for prop, described in entity.properties.items():
            needed = described.get(f"{SAP}creatable") != "false" and described.get("Nullable") == "false"
            if flagged and needed and prop not in body:
                found.append(f"{entity.name}.{prop} is missing")
        for prop, value in body.items():
            if prop in entity.navigation:
                below = self.set_of[entity.navigation[prop]].get("Name")
                found += [problem for row in value for problem in self.write_problems("POST", below, row)]
            elif prop not in entity.properties:
                found.append(f"{entity.name} has no {prop}")
            else:
                found += self._forbidden(entity, prop, "creatable") if flagged else []
                found += self._unfit(entity.properties[prop], value)
        return found

    def _unfit(self, prop: ElementTree.Element, value: object, what: str = "") -> list[str]:
        """Whether a value can be written so in JSON. Parts of a complex one are held against ``what`` too."""
        name, type_ = prop.get("Name"), prop.get("Type")
        if is_complex(prop):
            parts = self.complex[type_.rpartition(".")[2]]
            found = [f"{name} has no {part}" for part in value if part not in parts]
            for part, inner in value.items():
                if part in parts:
                    forbidden = bool(what) and parts[part].get(SAP + what) == "false"
                    found += [f"{name}.{part} is not {what}"] if forbidden else self._unfit(parts[part], inner)
            return found
        if type_ == "Edm.Boolean":
            return [] if isinstance(value, bool) else [f"{name} is not true or false"]
        if not isinstance(value, str):
            return [f"{name} is no text"]
        shape = JSON_SHAPES.get(type_)
        if shape and not shape.fullmatch(value):
            return [f"{name} is no {type_}"]
        if prop.get("MaxLength") and type_ == "Edm.String" and len(value) > int(prop.get("MaxLength")):
            return [f"{name} is too long"]
        return []

    def _options(self, entity: EntityType, options: dict[str, str]) -> list[str]:
        found = []
        target = self.set_of[entity.name]
        expanded = options.pop("$expand", "")
        found += [problem for path in filter(None, expanded.split(",")) for problem in self._expand(entity, path)]
        for path in filter(None, options.pop("$select", "").split(",")):
            found += self._select(entity, path, expanded.split(","))
        filtered = options.pop("$filter", "")
        for name in re.findall(r"(\w+) (?:eq|ne|ge|gt|le|lt) ", filtered):
            found += self._forbidden(entity, name, "filterable")
        if target.get(f"{SAP}requires-filter") == "true" and not filtered:
            found.append(f"{target.get('Name')} requires a filter")
        for name in filter(None, options.pop("$orderby", "").split(",")):
            found += self._forbidden(entity, name.split()[0], "sortable")
        for option in ("$top", "$skip", "$inlinecount"):
            if options.pop(option, None) is not None and "false" in (
                target.get(f"{SAP}pageable"),
                target.get(f"{SAP}topable"),
            ):
                found.append(f"{target.get('Name')} is not pageable")
        return found + [f"what is {name}?" for name in options]

    def _forbidden(self, entity: EntityType, name: str, what: str) -> list[str]:
        if name not in entity.properties:
            return [f"{entity.name} has no {name}"]
        return [f"{entity.name}.{name} is not {what}"] if entity.properties[name].get(SAP + what) == "false" else []

    def _expand(self, entity: EntityType, path: str) -> list[str]:
        for name in path.split("/"):
            if name not in entity.navigation:
                return [f"{entity.name} has no navigation {name}"]
            entity = self.types[entity.navigation[name]]
        return []

    def _select(self, entity: EntityType, path: str, expanded: list[str]) -> list[str]:
        above, _, name = path.rpartition("/")
        if problems := self._expand(entity, above) if above else []:
            return problems
        for step in filter(None, above.split("/")):
            entity = self.types[entity.navigation[step]]
        if above and not any(one == above or one.startswith(above + "/") for one in expanded):
            return [f"{path} is selected but {above} is not expanded"]
        return [] if name in entity.properties else [f"{entity.name} has no {name}"]
