"""Starts the Tinker server of SkyRL 0.3.0 or 0.4.0 on its JAX backend: launch-skyrl.py api PORT MODEL FOLDER

MODEL is a Hugging Face folder, FOLDER takes the database and the checkpoints. The API starts its engine
by this file, too. Torch and peft may be absent: the JAX backend computes nothing with them.
"""

import importlib.machinery
import importlib.util
import json
import sys
import types
from pathlib import Path


def stand_in(name, **members):
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    module.__dict__.update(members)
    sys.modules[name] = module


class LoraConfig:
    """What writes adapter_config.json."""

    def __init__(self, **fields):
        defaults = {"peft_type": "LORA", "target_modules": None, "bias": "none", "lora_dropout": 0.0}
        self.fields = {**defaults, **fields}

    def save_pretrained(self, folder):
        (Path(folder) / "adapter_config.json").write_text(json.dumps(self.fields, indent=2))


if importlib.util.find_spec("torch") is None:
    import transformers  # noqa: F401 -- decides first that there is no torch

    stand_in("torch", Tensor=type("Tensor", (), {}))
    stand_in("peft", LoraConfig=LoraConfig)

role, *rest = sys.argv[1:]
if role == "engine":
    from skyrl.tinker.engine import main

    sys.argv = ["engine", *rest]
    main()
else:
    import skyrl.tinker.api as api
    import uvicorn
    from skyrl.tinker.config import EngineConfig, config_to_argv

    port, model, folder = rest
    # It would start its engine with uv.
    api._build_uv_run_cmd_engine = lambda _parent, config: [
        sys.executable,
        __file__,
        "engine",
        *config_to_argv(config),
    ]
    api.app.state.engine_config = EngineConfig.model_validate(
        {
            "base_model": model,
            "backend": "jax",
            "backend_config": {
                "max_lora_adapters": 16,
                "max_lora_rank": 32,
                "train_micro_batch_size": 0,
                "sample_max_num_sequences": 0,
            },
            "checkpoints_base": f"{folder}/checkpoints",
            "database_url": f"sqlite:///{folder}/tinker.db",
        }
    )
    uvicorn.run(
        api.app, host="127.0.0.1", port=int(port), log_level="warning", timeout_graceful_shutdown=2
    )
