"""Small data that the tests make themselves: people who walk around rings of items, so that what comes next is known."""

import json

import numpy as np

NAMESPACE = "com.amazonaws.personalize.schema"


def schema(name: str, *fields: dict) -> str:
    return json.dumps({"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields, "version": "1.0"})


def text(name: str, **flags) -> dict:
    return {"name": name, "type": "string", **flags}


INTERACTIONS = schema(
    "Interactions",
    text("USER_ID"),
    text("ITEM_ID"),
    {"name": "TIMESTAMP", "type": "long"},
    text("EVENT_TYPE"),
    {"name": "EVENT_VALUE", "type": ["float", "null"]},
)
ITEMS = schema("Items", text("ITEM_ID"), text("GENRE", categorical=True), {"name": "PRICE", "type": ["float", "null"]})
USERS = schema("Users", text("USER_ID"), {"name": "AGE", "type": "int"})

RING, RINGS = 20, 3


def walks(users: int = 120, steps: int = 16, seed: int = 0) -> list[tuple[str, str, int, str, float]]:
    """(user, item, seconds, event type, value): each user walks one ring of items, one item after the other."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        ring, place = user % RINGS, int(rng.integers(RING))
        for step in range(steps):
            item = f"r{ring}-{(place + step) % RING:02}"
            rows.append((f"u{user:04}", item, 1_700_000_000 + 3_600 * step + user, "click", 1.0 + step % 5))
    return rows


def csv(rows, header: str = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE") -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def items_csv() -> str:
    rows = [(f"r{ring}-{place:02}", f"genre{ring}", place + 0.5) for ring in range(RINGS) for place in range(RING)]
    return csv(rows, "ITEM_ID,GENRE,PRICE")


def put(data_dir, key: str, content: str | bytes) -> str:
    """Lay a file where s3:// finds it without an object store; answers with its location."""
    path = data_dir / "buckets" / "bucket" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return f"s3://bucket/{key}"
