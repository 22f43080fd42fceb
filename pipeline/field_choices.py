"""What a choice of the Direction offers: its values in groups, in people's words, and only what suits the piece."""

from __future__ import annotations

from typing import Any

from pipeline.direction import RIGS

Choice = tuple[str, str]
ChoiceGroup = tuple[str, list[Choice]]

WORDS: dict[str, dict[str, str]] = {
    "engine": {
        "maquette": "Maquette: worn by a sculpture",
        "still": "Still life: on a set",
        "plate": "Plate: worn by a real person",
    },
    "placement.anchor": {
        "auto": "Where the pose wears it",
        "plinth": "On the plinth",
        "neck": "Neck",
        "left-ear": "Left ear",
        "right-ear": "Right ear",
        "both-ears": "Both ears",
        "left-wrist": "Left wrist",
        "right-wrist": "Right wrist",
    },
}
_PHALANX = {"proximal": "near the hand", "middle": "in the middle", "distal": "near the tip"}
# What a piece of each category may be anchored to, besides a set; as the ends or beginnings of anchors' names.
_WORN = {
    "ring": ("proximal", "middle", "distal"),
    "bracelet": ("wrist",),
    "watch": ("wrist",),
    "earring": ("ear", "ears"),
    "necklace": ("neck",),
}
_POSE_GROUPS = (("necklace", "Neck and bust"), ("earring", "Ear"), ("ring", "Hand"), ("bracelet", "Wrist"))


def choice_groups(path: str, schema: dict[str, Any], value: Any, category: str = "") -> list[ChoiceGroup]:
    """The groups of a choice; none where the field is no choice. A value that isn't offered any more stands first.

    `category` is of the piece: poses and anchors that it can't be worn at are left out; without it all are there.
    """
    if path == "pose.name":
        groups = _poses(category)
    elif path == "placement.anchor":
        groups = _anchors(schema["enum"], category)
    elif path == "rig.name":
        groups = [("", [(name, plain(name)) for name in RIGS])]
    elif "enum" in schema:
        words = WORDS.get(path, {})
        groups = [("", [(name, words.get(name) or plain(name)) for name in schema["enum"]])]
    else:
        return []
    if all(value != name for _, choices in groups for name, _ in choices):
        groups = [("", [(value, anchor_in_words(value) if path == "placement.anchor" else plain(value))]), *groups]
    return groups


def plain(name: str) -> str:
    """``soft-fist`` as "Soft fist"."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def anchor_in_words(name: str) -> str:
    """``left-ring-proximal`` as "Left ring finger, near the hand"."""
    known = WORDS["placement.anchor"].get(name)
    if known:
        return known
    side, finger, phalanx = name.split("-")
    return f"{side.capitalize()} {finger}{'' if finger == 'thumb' else ' finger'}, {_PHALANX[phalanx]}"


def _poses(category: str) -> list[ChoiceGroup]:
    from pipeline.stage.poses import POSES

    groups: dict[str, list[Choice]] = {label: [] for _, label in _POSE_GROUPS}
    for pose in POSES.values():
        if category and category not in pose.categories:
            continue
        label = next((label for worn, label in _POSE_GROUPS if worn in pose.categories), "Wrist")
        groups[label].append((pose.name, plain(pose.name)))
    return [(label, choices) for label, choices in groups.items() if choices]


def _anchors(names: list[str], category: str) -> list[ChoiceGroup]:
    ends = _WORN.get(category)
    groups: dict[str, list[Choice]] = {}
    for name in names:
        if name not in ("auto", "plinth") and ends and name.rsplit("-", 1)[-1] not in ends:
            continue
        parts = name.split("-")
        group = f"{parts[0].capitalize()} hand" if len(parts) == 3 else ""
        groups.setdefault(group, []).append((name, anchor_in_words(name)))
    return list(groups.items())
