import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="needs PyTorch: pip install 'vidchatbench[paper]'")
pytestmark = pytest.mark.slow

PREFIXES = (
    "fid.", "fid_large.", "frechet.", "fvd.", "fvd_resize.", "quality.", "lpips.",
    "mfcc.", "syncnet.", "syncdist.", "s3fd.", "crop.", "arcface.", "arcface_net.", "deep3d.",
    "wavlm.", "dnsmos.", "text.",
)  # fmt: skip


@pytest.fixture(scope="module")
def produced(root, oracle, tmp_path_factory):
    """What `produce.py` makes of the oracle's own part, as a person would call it."""
    out = tmp_path_factory.mktemp("oracle")
    subprocess.run([sys.executable, root / "tests/oracle/produce.py", oracle, out], check=True)
    return out


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_metrics_own_functions_give_the_references_numbers(oracle, produced, prefix):
    check = [sys.executable, oracle / "check_parity.py", produced, "--only", prefix]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "missing 0" in done.stdout and "failed 0" in done.stdout
