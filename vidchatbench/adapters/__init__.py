"""Model adapters: one function a model, and `vidchatbench generate` makes its outputs, with pytest underneath.

Two sides that meet in one folder (`job.py`). The supervisor (`generate.py`) knows the test set: it copies what a model
may see, starts workers, and watches them. The worker (`worker.py`, inside pytest) imports the adapter and knows that
folder alone. Nothing on the worker's side may import `vidchatbench.testset`.
"""
