"""Downloads from a real server on this machine."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import pickle
import subprocess
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidchatbench.errors import NotReady, VidChatBenchError
from vidchatbench.weights.pull import pull


def get(file, **options):
    return pull(file, **{"accepted": False, "progress": lambda here, size: None, **options})


@pytest.fixture
def net(site, entry, content):
    """A file that the site gives."""
    site.files["/net.pt"] = content
    return entry(url=f"{site.url}/net.pt")


def test_a_file_comes_whole_and_is_not_fetched_twice(folder, net, site, content):
    seen = []
    assert get(net, progress=lambda here, size: seen.append((here, size))) == folder / "net.pt"
    assert (folder / "net.pt").read_bytes() == content
    assert seen[-1] == (len(content), len(content)) and len(seen) > 5
    get(net)
    assert len(site.asked) == 1
    assert [path.name for path in folder.glob("[!.]*")] == ["net.pt"]


def test_a_broken_connection_goes_on_where_it_was(folder, net, site, content):
    site.cut = [3_000_000, 2_000_000]
    assert get(net).read_bytes() == content
    starts = [int(wanted.strip("bytes=-")) if wanted else 0 for _, wanted in site.asked]
    assert starts[0] == 0 < starts[1] < starts[2] <= 5_000_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(1, 40), max_size=6), data=st.data())
def test_however_it_breaks_the_file_is_whole(folder, site, entry, content, cuts, data):
    here = data.draw(st.integers(0, len(content)))
    folder.mkdir(exist_ok=True)
    (folder / "net.pt").unlink(missing_ok=True)
    (folder / "net.pt.part").write_bytes(content[:here])
    site.files, site.cut, site.ranges = {"/net.pt": content}, cuts, data.draw(st.booleans())
    size = data.draw(st.sampled_from([None, len(content)]))
    file = entry(url=f"{site.url}/net.pt", sha256=hashlib.sha256(content).hexdigest(), size=size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vidchatbench.weights.download._CHUNK", 4)
        try:
            get(file)
        except NotReady:  # given up: what is kept is right as far as it goes, and the next time goes on
            part = folder / "net.pt.part"
            assert content.startswith(part.read_bytes() if part.exists() else b"")
            site.cut = []
            get(file)
    assert (folder / "net.pt").read_bytes() == content


def test_a_later_command_goes_on_where_the_first_was_stopped(folder, net, site, content):
    folder.mkdir()
    (folder / "net.pt.part").write_bytes(content[:1_000_000])
    assert get(net).read_bytes() == content
    assert site.asked == [("/net.pt", "bytes=1000000-")]


def test_what_a_dead_connection_brought_is_kept(folder, net, site, content):
    site.cut = [1_500_000, 0, 0, 0]
    with pytest.raises(NotReady, match="it broke") as caught:
        get(net)
    assert "give the same command again" in caught.value.remedy
    assert 0 < (folder / "net.pt.part").stat().st_size <= 1_500_000
    assert get(net).read_bytes() == content


def test_a_server_that_cannot_go_on_gives_all_again(folder, net, site, content):
    site.ranges = False
    folder.mkdir()
    (folder / "net.pt.part").write_bytes(b"x" * 1_000_000)
    assert get(net).read_bytes() == content
    assert site.asked == [("/net.pt", "bytes=1000000-")]


def test_a_server_that_goes_on_elsewhere_is_passed_over(folder, net, site, entry, content):
    site.lies, site.files["/again"] = True, content
    folder.mkdir()
    (folder / "net.pt.part").write_bytes(content[:1_000_000])
    assert get(entry(url=f"{site.url}/net.pt", mirrors=(f"{site.url}/again",))).read_bytes() == content
    assert site.asked == [("/net.pt", "bytes=1000000-"), ("/again", None)]


def test_a_part_of_another_file_ends_in_the_wrong_hash_and_is_removed(folder, net, site, content):
    folder.mkdir()
    (folder / "net.pt.part").write_bytes(b"x" * 1_000_000)
    with pytest.raises(NotReady, match=f"the known one is {net.entry.sha256}"):
        get(net)
    assert not list(folder.glob("net*"))
    assert get(net).read_bytes() == content


def test_a_part_longer_than_the_file_is_thrown_away(folder, net, entry, site, content):
    folder.mkdir()
    for file in (net, entry(url=f"{site.url}/net.pt", size=None)):  # where the size is not known, the server tells
        (folder / "net.pt.part").write_bytes(content + b"more")
        assert get(file).read_bytes() == content
        (folder / "net.pt").unlink()


def test_wrong_content_is_refused_with_both_digests(folder, net, site, content):
    site.files["/net.pt"] = wrong = content[:-1] + b"!"
    with pytest.raises(NotReady) as caught:
        get(net)
    for words in (hashlib.sha256(wrong).hexdigest(), net.entry.sha256, site.url):
        assert words in caught.value.cause
    assert "weights add net FILE" in caught.value.remedy
    assert not list(folder.glob("net*"))


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"!"])
def test_a_wrong_size_is_refused(folder, net, site, content, change):
    site.files["/net.pt"] = change(content)
    with pytest.raises(NotReady, match="bytes"):
        get(net)
    assert sum(path.stat().st_size for path in folder.glob("net*")) == 0


def test_redirects_are_followed_and_mirrors_tried_in_order(folder, entry, site, content):
    site.files["/there"], site.moved = content, {"/net.pt": "/on", "/on": f"{site.url}/there"}
    file = entry(url=f"{site.url}/gone", mirrors=(f"{site.url}/net.pt", f"{site.url}/never"))
    assert get(file).read_bytes() == content
    assert [path for path, _ in site.asked] == ["/gone", "/net.pt", "/on", "/there"]


def test_no_file_a_circle_and_no_server_are_told_apart(folder, entry, site):
    site.moved = {"/round": "/round"}
    dead = "http://127.0.0.1:9/net.pt"
    with pytest.raises(NotReady) as caught:
        get(entry(url=f"{site.url}/gone", mirrors=(f"{site.url}/round", dead)))
    for words in ("404 Not Found", "in a circle", "no connection", "refused"):
        assert words in caught.value.cause, caught.value.cause


def test_only_https_leaves_this_machine(folder, entry, site):
    site.moved = {"/net.pt": "http://example.org/net.pt"}
    file = entry(url="http://example.org/net.pt", mirrors=(f"{site.url}/net.pt", "ftp://127.0.0.1/net.pt"))
    with pytest.raises(NotReady) as caught:
        get(file)
    assert caught.value.cause.count("is not https") == 3


def test_the_mirror_is_asked_first(folder, net, site, content, monkeypatch):
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS_MIRROR", f"{site.url}/mirror/")
    site.files["/mirror/net.pt"] = content
    get(net)
    assert [path for path, _ in site.asked] == ["/mirror/net.pt"]
    (folder / "net.pt").unlink()
    del site.files["/mirror/net.pt"]
    get(net)
    assert [path for path, _ in site.asked[1:]] == ["/mirror/net.pt", "/net.pt"]


def test_limits_must_be_accepted_and_an_unknown_place_is_told_of(folder, entry, site):
    with pytest.raises(NotReady, match="not for sale") as caught:
        get(entry(url=f"{site.url}/net.pt", limits="not for sale"))
    assert caught.value.remedy == "vidchatbench weights pull net --accept-license"
    with pytest.raises(NotReady, match="no place") as caught:
        get(entry())
    assert "the project somewhere" in caught.value.remedy
    assert not site.asked


def test_an_unknown_sha256_is_recorded_and_half_a_file_of_it_never_mended(folder, entry, site, content):
    site.files["/net.pt"] = content
    file = entry(url=f"{site.url}/net.pt", sha256=None, size=None)
    folder.mkdir()
    (folder / "net.pt.part").write_bytes(b"x")
    kept = get(file)
    assert kept.name == f"net.recorded-{hashlib.sha256(content).hexdigest()}.pt"
    assert site.asked == [("/net.pt", None)]
    assert file.verified() == kept


def test_a_full_disk_is_named(folder, net, monkeypatch):
    def full(self, chunk):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("vidchatbench.weights.download._Sink.write", full)
    with pytest.raises(VidChatBenchError, match="No space left") as caught:
        get(net)
    assert caught.value.exit_code == 1
    assert caught.value.remedy == "make room"


def test_two_processes_at_once_download_once(folder, net, site):
    site.slow_s = 1.0
    script = (
        "import pickle, sys\n"
        "from vidchatbench.weights.pull import pull\n"
        "print(pull(pickle.load(sys.stdin.buffer), accepted=False, progress=lambda *_: None))"
    )
    command = [sys.executable, "-c", script]
    two = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for process in two:
        process.stdin.write(pickle.dumps(net))
        process.stdin.close()
    told = {process.stdout.read().decode().strip() for process in two}
    assert [process.wait() for process in two] == [0, 0]
    assert told == {str(folder / "net.pt")}
    assert len(site.asked) == 1


def packed(*members):
    """A zip of (name, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def member(site, entry):
    """A file inside a zip of the site."""

    def make(archive, **fields):
        site.files["/pack.zip"] = archive
        about = {"member": "in/net.pt", "archive_sha256": hashlib.sha256(archive).hexdigest()}
        return entry(url=f"{site.url}/pack.zip", **{**about, **fields})

    return make


def test_one_member_is_unpacked_and_nothing_leaves_the_folder(folder, member, content, tmp_path):
    outside = tmp_path / "absolute"
    hostile = [("../evil", b"1"), (str(outside), b"2"), ("net.pt", b"3"), ("in/net.pt", content)]
    assert get(member(packed(*hostile))) == folder / "net.pt"
    assert (folder / "net.pt").read_bytes() == content
    assert not (tmp_path / "evil").exists() and not outside.exists()
    assert {path.name for path in folder.glob("[!.]*")} == {"net.pt", "pack.zip"}


def test_a_name_that_leads_out_is_still_only_read(folder, member, content, tmp_path):
    assert get(member(packed(("../evil.pt", content)), member="../evil.pt")) == folder / "net.pt"
    assert not (tmp_path / "evil.pt").exists()


def test_a_wrong_archive_or_member_is_refused(folder, member, content):
    good = packed(("in/net.pt", content))
    with pytest.raises(NotReady, match="the known one is 0000"):
        get(member(good, archive_sha256="0" * 64))
    with pytest.raises(NotReady, match="holds no in/net"):
        get(member(packed(("net.pt", content))))
    with pytest.raises(NotReady, match="is not the known one"):
        get(member(packed(("in/net.pt", b"another"))))
    with pytest.raises(NotReady, match="cannot be unpacked"):
        get(member(b"no zip at all"))
    assert not list(folder.glob("net*"))


def test_a_member_is_not_unpacked_beyond_its_size(folder, member, content, monkeypatch):
    most = []

    def seen(self, size, sha256):
        most.append(size)
        return "too much"

    monkeypatch.setattr("vidchatbench.weights.entry.WeightsEntry.problem", seen)
    with pytest.raises(NotReady, match="too much"):
        get(member(packed(("in/net.pt", content + bytes(50_000_000)))))
    assert most[0] <= len(content) + (1 << 20)


def test_a_zip_that_is_there_is_used_and_a_mirror_holds_the_file_itself(folder, member, site, content, monkeypatch):
    archive = packed(("in/net.pt", content))
    file = member(archive)
    folder.mkdir()
    (folder / "pack.zip").write_bytes(archive)
    get(file)
    assert not site.asked
    (folder / "net.pt").unlink()
    site.files["/m/net.pt"] = content
    monkeypatch.setenv("VIDCHATBENCH_WEIGHTS_MIRROR", f"{site.url}/m")
    get(file)
    assert [path for path, _ in site.asked] == ["/m/net.pt"]


def test_offline_opens_no_socket_and_says_what_to_do(folder, net):
    script = (
        "import os, pickle, sys\n"
        "from vidchatbench.errors import NotReady\n"
        "from vidchatbench.weights.offline import go_offline\n"
        "from vidchatbench.weights.pull import pull\n"
        "sys.addaudithook(lambda event, _: event.startswith('socket.') and os._exit(9))\n"
        "if 'on' not in sys.argv:\n"
        "    go_offline()\n"
        "try:\n"
        "    pull(pickle.load(sys.stdin.buffer), accepted=False, progress=lambda *_: None)\n"
        "except NotReady as error:\n"
        "    print(error)\n"
        "print('requests' in sys.modules, os.environ.get('HF_HUB_OFFLINE'))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, input=pickle.dumps(net), capture_output=True, check=True)
    told = done.stdout.decode()
    assert "offline" in told and net.entry.url in told and "vidchatbench weights add net FILE" in told
    assert told.endswith("False 1\n")
    control = subprocess.run([*command, "on"], input=pickle.dumps(net), capture_output=True, check=False)
    assert control.returncode == 9  # the hook does see a download
