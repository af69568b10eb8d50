# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds answers against the OpenAPI document, and makes requests of it."""
import json
import re
import urllib.parse

TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
KNOWN = {"type", "description", "properties", "required", "items", "const", "enum", "pattern", "minimum", "maximum",
         "minLength", "maxLength", "minItems", "maxItems", "format", "allOf", "$ref", "additionalProperties"}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Document:
    def __init__(self, document):
        assert document["openapi"] == "3.1.0"
        self.document = document
        self.operations = []
        ids = set()
        for pattern, path in document["paths"].items():
            for method, operation in path.items():
                assert operation["operationId"] not in ids
                ids.add(operation["operationId"])
                expression = re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part)
                                                 for part in pattern.split("/")))
                self.operations.append((method.upper(), pattern, expression, operation))

    def resolve(self, node):
        while "$ref" in node:
            at = self.document
            for part in node["$ref"].split("/")[1:]:
                at = at[part]
            node = at
        return node

    def check(self, value, schema, where="answer"):
        """Fails with the place that is not as described. A keyword that is not known here fails too."""
        schema = self.resolve(schema)
        assert set(schema) <= KNOWN, (where, set(schema) - KNOWN)
        types = schema.get("type")
        if types is not None:
            types = types if isinstance(types, list) else [types]
            assert any(is_type(value, name) for name in types), (where, types, value)
        if "const" in schema:
            assert value == schema["const"], (where, value)
        if "enum" in schema:
            assert value in schema["enum"], (where, value)
        for part in schema.get("allOf", ()):
            self.check(value, part, where)
        if isinstance(value, str):
            assert "pattern" not in schema or re.search(schema["pattern"], value), (where, value)
            assert len(value) >= schema.get("minLength", 0), where
            assert len(value) <= schema.get("maxLength", len(value)), where
            if schema.get("format") == "uri":
                assert urllib.parse.urlsplit(value).scheme, (where, value)
        if is_type(value, "integer"):
            assert schema.get("minimum", value) <= value <= schema.get("maximum", value), (where, value)
        if isinstance(value, list):
            assert len(value) >= schema.get("minItems", 0), where
            for number, item in enumerate(value):
                self.check(item, schema.get("items", {}), f"{where}[{number}]")
        if isinstance(value, dict):
            for name in schema.get("required", ()):
                assert name in value, (where, name, value)
            for name, item in value.items():
                self.check(item, schema.get("properties", {}).get(name, {}), f"{where}.{name}")

    def find(self, method, path):
        bare = path.split("?", 1)[0]
        method = "GET" if method == "HEAD" else method
        for wanted, pattern, expression, operation in self.operations:
            if wanted == method and expression.fullmatch(bare):
                return operation
        return None

    def check_answer(self, method, path, reply):
        """Every status, media type and body must be one that the document has."""
        operation = self.find(method, path)
        if operation is None or reply.status in (405, 421):
            return
        assert str(reply.status) in operation["responses"], (method, path, reply.status, reply.body[:300])
        response = self.resolve(operation["responses"][str(reply.status)])
        for name, header in response.get("headers", {}).items():
            assert not header.get("required") or name in reply.headers, (path, name)
        if method == "HEAD" or "content" not in response:
            assert reply.body == b"", (method, path)
            return
        media = reply.headers["Content-Type"]
        assert media in response["content"], (method, path, media)
        if media.endswith("json") and "Content-Encoding" not in reply.headers:
            self.check(json.loads(reply.body), response["content"][media]["schema"], f"{method} {path}")
