"""From a raw CSV to a trained, saved and explained network."""

import tempfile
from pathlib import Path

import pellucid
from pellucid.samples import write_sample

folder = Path(tempfile.mkdtemp())
table = write_sample("wine", folder)

model = pellucid.fit(table, target="cultivar")
print(model.schema_)
print(f"validation: {model.model_.record.validation}")

model.save(folder / "wine.pellucid")
model = pellucid.load(folder / "wine.pellucid")
print(model.predict(table)[:3])

explanation = pellucid.explain(model, table, row=3)
print(f"{explanation.output} is {explanation.prediction:.3f}, pushed most by:")
for column, share in list(explanation.columns.items())[:3]:
    print(f"  {column}: {share:+.3f}")
