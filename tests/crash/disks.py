"""Disks that lose power or fill up: ext4 in a file, on a loop device, mounted for one test."""

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.harness import until
from tests.leftovers import scratch_folder

_SHUT_DOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN: from now on nothing reaches the disk."""

_WITHOUT_THE_LOG = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH: not even what the file system meant to write next."""

_MIB = 1024 * 1024


@cache
def why_no_disks() -> str | None:
    """Return what is missing for disks of one's own, or None."""
    if os.geteuid() != 0:
        return "mounting a disk of its own needs root: run this as root"
    for tool, package in (("mkfs.ext4", "e2fsprogs"), ("losetup", "mount"), ("mount", "mount")):
        if shutil.which(tool) is None:
            return f"{tool} is missing: install {package}"
    found = subprocess.run(["losetup", "--find"], capture_output=True, text=True, check=False)
    return None if found.returncode == 0 else "there is no loop device: load the kernel's loop module"


class Disk:
    """An ext4 file system of its own in an image file."""

    def __init__(self, folder: Path, mib: int) -> None:
        self.image = folder / "disk.img"
        self.root = folder / "disk"
        self.root.mkdir(parents=True)
        with self.image.open("wb") as image:
            image.truncate(mib * _MIB)
        _run("mkfs.ext4", "-q", "-m", "0", str(self.image))
        self._mount()

    def cut_power(self) -> None:
        """Let nothing that is not on the disk by now ever reach it; writers get an error."""
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUT_DOWN, struct.pack("I", _WITHOUT_THE_LOG))
        finally:
            os.close(descriptor)

    def revive(self) -> None:
        """Mount what has reached the disk; all who had files open there must be dead."""
        self._unmount()
        self._mount()

    def fill(self, leave_kib: int) -> None:
        """Take all free space but so much."""
        self.free()
        space = os.statvfs(self.root)
        take = space.f_bavail * space.f_frsize - leave_kib * 1024
        with self._ballast.open("wb") as ballast:
            while take > 0:
                try:
                    os.posix_fallocate(ballast.fileno(), 0, take)
                    return
                except OSError:
                    take -= 64 * 1024  # what the file system needs to note the file itself

    def free(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.root / "ballast"

    def close(self) -> None:
        """Unmount and forget it."""
        self._unmount()
        self.image.unlink()

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self.image), str(self.root))

    def _unmount(self) -> None:
        """Unmount as soon as the last process that died has let go of its files."""
        command = ["umount", str(self.root)]
        until(lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0)


def disk_of(mib: int) -> Iterator[Disk]:
    """Yield a disk, for fixtures; skips where there cannot be one."""
    if why := why_no_disks():
        pytest.skip(why)
    folder = scratch_folder()
    disk = Disk(folder, mib)
    yield disk
    disk.close()
    shutil.rmtree(folder)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
