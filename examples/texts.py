"""From raw texts to a trained network that can be asked."""

import tempfile
from pathlib import Path

import pellucid
from pellucid.samples import write_sample

folder = Path(tempfile.mkdtemp())
table = write_sample("docstrings", folder)

model = pellucid.fit(table, target="package", max_epochs=10)
print(model.schema_)
print(f"validation: {model.model_.record.validation}")

asked = [
    "Draw k centroids at random and assign each sample to its nearest one.",
    "Area under the ROC curve from prediction scores.",
]
print(model.predict({"docstring": asked[0]}), model.predict({"docstring": asked[1]}))
