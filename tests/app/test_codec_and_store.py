"""Nouns go through JSON and arrays unchanged, under a hash of their content, and a stored file can name no foreign class."""

from __future__ import annotations

import json

import numpy as np
import pytest

from anatofit.app.codec import as_json, decode, digest, encode
from anatofit.app.store import Artifact, DiskStore, MemoryStore
from anatofit.errors import AnatofitError
from anatofit.model.anatomy import Anatomy
from anatofit.model.frame import Laterality, Plane
from anatofit.model.part import Part
from tests.app.fakes import a_field, a_scan, located, tetrahedron

VALUES = [
    None, True, 3, 0.1, float("inf"), "text", b"bytes", [1, [2]], (1, (2, "x")), {"b": 1, "a": (2,)}, np.float32(0.5),
    np.arange(6, dtype=np.int16).reshape(2, 3)[:, ::-1], np.zeros((0, 3)), Laterality.LEFT, tetrahedron(), a_scan(), located(),
    a_field(a_scan().volume.grid), (Part("plate", tetrahedron(), {"Designer": "x"}),),
    Anatomy("cranium", Laterality.RIGHT, {"host": tetrahedron()}, {"rim": np.eye(3)}),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_value_comes_back_with_the_same_hash(value: object, tmp_path) -> None:
    tree, arrays = encode(value)
    again = decode(json.loads(as_json(tree)), arrays)
    assert digest(again) == digest(value)
    store = DiskStore(tmp_path)
    assert digest(store.load(store.save(value))) == digest(value)


def test_values_that_differ_have_different_hashes() -> None:
    hashes = [digest(v) for v in VALUES]
    assert len(set(hashes)) == len(hashes)
    assert digest(np.zeros(3, np.float32)) != digest(np.zeros(3, np.float64))
    assert digest((1,)) != digest([1])


def test_memory_and_disk_give_one_hash(tmp_path) -> None:
    memory = MemoryStore()
    for n, value in enumerate(VALUES):
        assert memory.put(str(n), value) == DiskStore(tmp_path).save(value).sha256


def test_memory_drops_what_nobody_asks_for_but_knows_its_hash() -> None:
    memory = MemoryStore()
    sha256 = memory.put("volume", a_scan())
    memory.keep_only([])
    assert memory.sha256("volume") == sha256
    with pytest.raises(KeyError):
        memory.get("volume")


def test_only_nouns_of_the_house_are_kept() -> None:
    with pytest.raises(TypeError):
        encode(object())
    with pytest.raises(TypeError):
        encode(np.array([object()]))


@pytest.mark.parametrize("name", ["mesh:np", "mesh:FloatArray", "mesh.x:Mesh", "..errors:Reason", "finding:BaseModel"])
def test_a_stored_tree_cannot_name_another_class(name: str) -> None:
    with pytest.raises(AnatofitError):
        decode({"$": "noun", "type": name, "fields": {}}, [])


def test_an_altered_artifact_is_refused(tmp_path) -> None:
    store = DiskStore(tmp_path)
    artifact = store.save({"a": np.arange(3)})
    np.save(next(tmp_path.rglob("0.npy")), np.arange(3) + 1)
    with pytest.raises(AnatofitError, match="altered"):
        store.load(artifact)
    with pytest.raises(AnatofitError):
        store.load(Artifact(path="", sha256="../../etc"))


def test_a_pickle_is_never_read(tmp_path) -> None:
    store = DiskStore(tmp_path)
    artifact = store.save(np.arange(3))
    np.save(next(tmp_path.rglob("0.npy")), np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(AnatofitError, match="cannot be read"):
        store.load(artifact)


def test_a_direction_that_is_brought_to_length_one_keeps_its_last_bit(tmp_path) -> None:
    rng = np.random.default_rng(3)
    for vector in rng.normal(size=(200, 3)):
        plane = Plane(vector, vector)
        assert digest(decode(*encode(plane))) == digest(plane)
