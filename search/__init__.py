"""Turns a question into hits and an answer; does not know how documents were read or who asks."""

import os

# Nothing leaves the machine, so libraries that would look around are told not to, here: Python runs
# this before any module of ours that loads one of them (`tests/test_architecture.py` keeps it so).
# Set, not proposed: no variable of the operator's, or lack of one, may switch it on again.
#
# ONNX Runtime asks for the address of a telemetry host as soon as it is loaded, and keeps a device
# id and a database of events in the home folder. It reads this once, when it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# A model that is named and not there would be looked for on a hub, even with `local_files_only`.
os.environ["HF_HUB_OFFLINE"] = "1"
# PyTorch makes a folder for what it compiles when it is loaded, and leaves it there. Ours compiles
# nothing, and this one exists already. Whoever serves a model that compiles may choose another.
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", os.environ.get("TMPDIR") or "/tmp")  # noqa: S108
