"""What a user's typed program looks like: `tests/test_typing.py` runs mypy --strict over it.

A comment says what mypy must find in its line, and that it finds nothing in the others.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt

import pellucid
from pellucid import Classifier, OptionError, Regressor

rows: npt.NDArray[np.float64] = np.zeros((40, 2))

model = Classifier(
    hidden_layer_sizes=(64, 32),
    activation="tanh",
    learning_rate=0.01,
    max_epochs="auto",
    columns={"zip": "category"},
    class_weight={"no": 1.0, "yes": 5.0},
    random_state=np.random.default_rng(0),
)
model = model.fit("table.csv", "sold", on_interrupt="stop", stop=lambda: False)
classes: npt.NDArray[np.str_] = model.predict(rows)
probabilities: npt.NDArray[np.float64] = model.predict_proba(rows)
sets: npt.NDArray[np.bool_] = model.predict_set(rows, coverage=0.8)
model.partial_fit(rows, classes).calibrate(rows, classes).save(Path("model.pellucid"))

regressor = Regressor(time_budget=3.0, members=1)
numbers: npt.NDArray[np.float64] = regressor.fit(rows, rows[:, 0]).predict(rows)
numbers, bounds = regressor.predict(rows, interval=0.9)
print(bounds.shape, pellucid.load("model.pellucid").unlike_training(rows).reasons)

found: pellucid.TrainingResult = pellucid.fit_and_evaluate(
    "table.csv", ["price", "weight"], out=Path("model.pellucid"), on_interrupt="stop", members=1
)
pellucid.write_report(found, "page.html")
steps: int = found.estimator.model_.record.ended.steps

try:
    pellucid.fit("table.csv", "price", max_epochs=3)
except OptionError as error:
    print(error.option)

Classifier(max_epoch=3)  # Unexpected keyword argument "max_epoch"
Classifier(activation="relus")  # incompatible type "Literal['relus']"
Classifier(max_epochs="3")  # incompatible type "Literal['3']"
Classifier(columns={"zip": "texts"})  # "Literal['texts']"
Classifier(verbose=None)  # incompatible type "None"
Regressor(class_weight="balanced")  # Unexpected keyword argument "class_weight"
Regressor(device="tpu")  # incompatible type "Literal['tpu']"
Classifier((64, 32))  # Too many positional arguments
model.fit(rows, classes, on_interrupt="ignore")  # incompatible type "Literal['ignore']"
model.fit(rows, classes, epochs=3)  # Unexpected keyword argument "epochs"
pellucid.fit_and_evaluate("table.csv", 3)  # incompatible type "int"
found.estimator.model_.record["ended"]  # Value of type "Record" is not indexable
regressor.predict(rows, interval="90%")  # No overload variant
text: str = regressor.predict(rows)  # Incompatible types in assignment
pellucid.fitt("table.csv", "price")  # Module has no attribute "fitt"
