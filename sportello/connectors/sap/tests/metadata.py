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

    def write_problems(self, name: str, body: dict[str, object]) -> list[str]:
        """What the metadata does not allow about creating ``body`` in set ``name``, with what is created below it.

        Association sets are all marked ``creatable="false"``, which is about links between rows that are there already.
        """
        if name not in self.sets:
            return [f"there is no set {name}"]
        element = self.sets[name]
        entity = self.types[element.get("EntityType").rpartition(".")[2]]
        found = [f"{name} is not creatable"] if element.get(f"{SAP}creatable") == "false" else []
        missing = [
            prop
            for prop, described in entity.properties.items()
            if described.get(f"{SAP}creatable") != "false" and described.get("Nullable") == "false" and prop not in body
        ]
        found += [f"{entity.name}.{prop} is missing" for prop in missing]
        for prop, value in body.items():
            if prop in entity.navigation:
                below = self.set_of[entity.navigation[prop]].get("Name")
                found += [problem for row in value for problem in self.write_problems(below, row)]
            else:
                found += self._forbidden(entity, prop, "creatable") or self._unfit(entity.properties[prop], value)
        return found

    def _unfit(self, prop: ElementTree.Element, value: object) -> list[str]:
        """Whether a value can be written so in JSON: all of these are texts."""
        name = prop.get("Name")
        if not isinstance(value, str):
            return [f"{name} is no text"]
        shape = JSON_SHAPES.get(prop.get("Type"))
        if shape and not shape.fullmatch(value):
            return [f"{name} is no {prop.get('Type')}"]
        if prop.get("MaxLength") and prop.get("Type") == "Edm.String" and len(value) > int(prop.get("MaxLength")):
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
