"""Names that file systems make of files which a process of this host has open."""

_RENAMED = (".nfs", ".fuse_hidden")


def is_renamed_by_nfs(name: str) -> bool:
    """Return whether *name* is a deleted file that a client of NFS or FUSE keeps while it is open.

    The client deletes it when it is closed. Deleting it before fails with EBUSY.
    """
    return name.startswith(_RENAMED)
